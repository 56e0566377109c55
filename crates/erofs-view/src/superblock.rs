//! The superblock: `struct erofs_super_block` in the kernel's `fs/erofs/erofs_fs.h`.

use crc::{CRC_32_ISCSI, Crc};
use file_system::{Error, ReadAt};

use crate::bytes::{array_at, u8_at, u16_at, u32_at, u64_at};

/// The offset in bytes of the superblock in the image.
const OFFSET: u64 = 1024;
/// The size in bytes of the superblock with all fields that are known.
const SIZE: usize = 144;
/// The size in bytes of the superblock without extension slots, and of each slot.
const BASE_SIZE: usize = 128;
const SLOT_SIZE: usize = 16;

const MAGIC: u32 = 0xe0f5_e1e2;
const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// Bits of `feature_compat`.
const CHECKSUM: u32 = 0x1;
const SHARED_ATTRIBUTES_IN_METABOX: u32 = 0x8;
const PLAIN_PREFIXES: u32 = 0x10;

/// Bits of `feature_incompat`. The others up to `METABOX` are seen in the files that use them.
const COMPRESSION_CONFIGURATIONS: u32 = 0x2;
/// The bit also stands for a second algorithm in a file.
const DEVICE_TABLE: u32 = 0x8;
const WIDE_ADDRESSES: u32 = 0x80;
const METABOX: u32 = 0x100;
const KNOWN: u32 = 0x1ff;

/// The bits of the algorithms that are known: LZ4, MicroLZMA, DEFLATE, Zstandard.
const KNOWN_ALGORITHMS: u16 = 0xf;
const LZ4: u16 = 0x1;

/// The bit of a node number that is set for an inode in the metabox.
pub(crate) const IN_METABOX: u64 = 1 << 63;

/// What the superblock says about the volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Superblock {
    /// The base-2 logarithm of the size of a block: 9 to 16.
    pub(crate) block_bits: u8,
    pub(crate) root_nid: u64,
    /// The position in bytes from which node numbers count. It can be negative.
    pub(crate) inode_base: i64,
    /// The position in bytes of the shared extended attributes.
    pub(crate) shared_attributes: u64,
    pub(crate) shared_attributes_in_metabox: bool,
    /// The time in seconds to which those of compact inodes are relative.
    pub(crate) epoch: i64,
    /// The inode that contains fragments of other files.
    pub(crate) packed_nid: Option<u64>,
    /// The inode that contains inodes and other metadata, compressed.
    pub(crate) metabox_nid: Option<u64>,
    /// The position in bytes of the prefixes of names of extended attributes, and their number.
    pub(crate) prefixes: (u64, u8),
    /// Whether the prefixes lie in the image even if a special inode exists.
    pub(crate) has_plain_prefixes: bool,
    /// A bit for each algorithm that files may use.
    pub(crate) algorithms: u16,
}

impl Superblock {
    pub(crate) fn block_size(&self) -> u64 {
        1 << self.block_bits
    }

    /// Reads the superblock of an image, and verifies its checksum.
    pub(crate) fn read(image: &impl ReadAt) -> Result<Self, Error> {
        let mut bytes = [0; SIZE];
        image.read_exact_at(&mut bytes, OFFSET)?;
        let superblock = Self::parse(&bytes)?;
        if u32_at(&bytes, 8)? & CHECKSUM != 0 {
            superblock.verify_checksum(image, u32_at(&bytes, 4)?)?;
        }
        Ok(superblock)
    }

    fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let magic = u32_at(bytes, 0)?;
        if magic != MAGIC {
            return Err(Error::corrupt(format!(
                "superblock: magic number {magic:#010x}, expected {MAGIC:#010x}"
            )));
        }
        let compatible = u32_at(bytes, 8)?;
        let features = u32_at(bytes, 80)?;
        check_features(bytes, features)?;
        let block_bits = u8_at(bytes, 12)?;
        if !(9..=16).contains(&block_bits) {
            return Err(Error::corrupt(format!(
                "superblock: block size 2^{block_bits} bytes, expected 2^9 to 2^16"
            )));
        }
        let wide_root = u64_at(bytes, 112)?;
        let root_nid = if features & WIDE_ADDRESSES != 0 && wide_root != 0 {
            wide_root
        } else {
            u16_at(bytes, 14)?.into()
        };
        let metabox_nid = if features & METABOX != 0 {
            Some(Self::parse_metabox(bytes)?)
        } else {
            None
        };
        let packed_nid = Some(u64_at(bytes, 96)?).filter(|nid| *nid != 0);
        // They would refer to themselves.
        for nid in [metabox_nid, packed_nid].into_iter().flatten() {
            if nid & IN_METABOX != 0 {
                let what = format!("superblock: the special inode {nid:#x} is in the metabox");
                return Err(Error::corrupt(what));
            }
        }
        // Sign-extended: mkfs.erofs places inodes in front of the first block of metadata.
        let inode_block = i64::from(i32::from_le_bytes(array_at(bytes, 40)?));
        Ok(Superblock {
            block_bits,
            root_nid,
            inode_base: inode_block << block_bits,
            shared_attributes: u64::from(u32_at(bytes, 44)?) << block_bits,
            shared_attributes_in_metabox: compatible & SHARED_ATTRIBUTES_IN_METABOX != 0,
            epoch: i64::from_le_bytes(array_at(bytes, 24)?),
            packed_nid,
            metabox_nid,
            prefixes: (u64::from(u32_at(bytes, 92)?) * 4, u8_at(bytes, 91)?),
            has_plain_prefixes: compatible & PLAIN_PREFIXES != 0,
            algorithms: if features & COMPRESSION_CONFIGURATIONS != 0 {
                u16_at(bytes, 84)?
            } else {
                LZ4
            },
        })
    }

    /// Returns the number of the metabox inode, for which the superblock must be long enough.
    fn parse_metabox(bytes: &[u8]) -> Result<u64, Error> {
        let size = BASE_SIZE + usize::from(u8_at(bytes, 13)?) * SLOT_SIZE;
        if size < SIZE {
            return Err(Error::corrupt(format!(
                "superblock: {size} bytes, expected {SIZE} or more for the metabox"
            )));
        }
        u64_at(bytes, 128)
    }

    /// Compares the checksum with that of the rest of the superblock's block, in which its own field
    /// counts as zeros.
    fn verify_checksum(&self, image: &impl ReadAt, expected: u32) -> Result<(), Error> {
        let size = self.block_size();
        let length = if size > OFFSET { size - OFFSET } else { size };
        let mut block = vec![0; usize::try_from(length).unwrap_or_default()];
        image.read_exact_at(&mut block, OFFSET)?;
        if let Some(field) = block.get_mut(4..8) {
            field.fill(0);
        }
        // The kernel leaves out the inversion at the end.
        let found = !CRC.checksum(&block);
        if found != expected {
            return Err(Error::corrupt(format!(
                "superblock: CRC-32C {found:#010x}, expected {expected:#010x}"
            )));
        }
        Ok(())
    }
}

/// Rejects what would be read wrongly.
fn check_features(bytes: &[u8], features: u32) -> Result<(), Error> {
    if features & !KNOWN != 0 {
        return Err(Error::unsupported(format!(
            "erofs with the unknown incompatible features {:#x}",
            features & !KNOWN
        )));
    }
    let devices = u16_at(bytes, 86)?;
    if features & DEVICE_TABLE != 0 && devices != 0 {
        let what = format!("erofs with its data on {devices} extra devices");
        return Err(Error::unsupported(what));
    }
    let directory_bits = u8_at(bytes, 90)?;
    if directory_bits != 0 {
        let what = format!("erofs with directory blocks of 2^{directory_bits} blocks");
        return Err(Error::unsupported(what));
    }
    let algorithms = u16_at(bytes, 84)? & !KNOWN_ALGORITHMS;
    if features & COMPRESSION_CONFIGURATIONS != 0 && algorithms != 0 {
        let what = format!("erofs with the unknown compression algorithms {algorithms:#x}");
        return Err(Error::unsupported(what));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
