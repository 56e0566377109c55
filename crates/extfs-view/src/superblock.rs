//! The superblock: `struct ext4_super_block` in the kernel's `fs/ext4/ext4.h`.

use file_system::Error;
use file_system::bytes::{array_at, u8_at, u16_at, u32_at};

use crate::checksum::Checksum;
use crate::features::{
    CHECKSUM_SEED, HAS_JOURNAL, IS_64_BIT, METADATA_CHECKSUM, NEEDS_RECOVERY, check_incompatible,
};

/// The offset in bytes of the superblock in the image, and its size.
pub(crate) const OFFSET: u64 = 1024;
pub(crate) const SIZE: usize = 1024;

const MAGIC: u16 = 0xef53;
/// The offset in bytes of its checksum.
const CHECKSUM_OFFSET: usize = 0x3fc;
/// The number of the algorithm CRC-32C.
const CRC_32C: u8 = 1;
/// The revision in which inodes have no size of their own.
const OLD_REVISION: u32 = 0;
const OLD_INODE_SIZE: u16 = 128;

/// What the superblock says about the volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Superblock {
    /// The size of a block in bytes: 2^10 to 2^16.
    pub(crate) block_size: u64,
    /// The number of blocks, and of the first one in a group.
    pub(crate) blocks: u64,
    pub(crate) first_block: u64,
    pub(crate) blocks_per_group: u64,
    pub(crate) inodes: u32,
    pub(crate) inodes_per_group: u32,
    /// The size of an inode in bytes: a power of two from 128 to the size of a block.
    pub(crate) inode_size: u16,
    /// The size of a group descriptor in bytes: a power of two from 32 to 1024.
    pub(crate) descriptor_size: u16,
    /// The first block of descriptors that lies in its own group, with the feature `meta_bg`.
    pub(crate) first_meta_group: u32,
    /// The groups with copies of the superblock, with the feature `sparse_super2`.
    pub(crate) backup_groups: [u32; 2],
    pub(crate) compatible: u32,
    pub(crate) incompatible: u32,
    pub(crate) read_only_compatible: u32,
    pub(crate) uuid: [u8; 16],
    /// The beginning of all checksums of metadata.
    pub(crate) seed: Checksum,
    pub(crate) journal_inode: u32,
}

impl Superblock {
    /// Parses the superblock, and verifies its checksum, in an image of `image_size` bytes.
    pub(crate) fn parse(bytes: &[u8; SIZE], image_size: u64) -> Result<Self, Error> {
        let magic = u16_at(bytes, 0x38)?;
        if magic != MAGIC {
            return Err(corrupt(format!(
                "magic number {magic:#06x}, expected {MAGIC:#06x}"
            )));
        }
        let incompatible = u32_at(bytes, 0x60)?;
        check_incompatible(incompatible)?;
        let read_only_compatible = u32_at(bytes, 0x64)?;
        if read_only_compatible & METADATA_CHECKSUM != 0 {
            verify_checksum(bytes)?;
        }
        let log_block_size = u32_at(bytes, 0x18)?;
        if log_block_size > 6 {
            return Err(corrupt(format!(
                "block size 2^({log_block_size} + 10) bytes, expected up to 2^16"
            )));
        }
        let uuid = array_at(bytes, 0x68)?;
        let superblock = Superblock {
            block_size: 1024 << log_block_size,
            blocks: block_count(bytes, incompatible)?,
            first_block: u32_at(bytes, 0x14)?.into(),
            blocks_per_group: u32_at(bytes, 0x20)?.into(),
            inodes: u32_at(bytes, 0)?,
            inodes_per_group: u32_at(bytes, 0x28)?,
            inode_size: match u32_at(bytes, 0x4c)? {
                OLD_REVISION => OLD_INODE_SIZE,
                _ => u16_at(bytes, 0x58)?,
            },
            descriptor_size: match incompatible & IS_64_BIT {
                0 => 32,
                _ => u16_at(bytes, 0xfe)?,
            },
            first_meta_group: u32_at(bytes, 0x104)?,
            backup_groups: [u32_at(bytes, 0x24c)?, u32_at(bytes, 0x250)?],
            compatible: u32_at(bytes, 0x5c)?,
            incompatible,
            read_only_compatible,
            uuid,
            seed: match incompatible & CHECKSUM_SEED {
                0 => Checksum::EMPTY.update(&uuid),
                _ => Checksum::from_value(u32_at(bytes, 0x270)?),
            },
            journal_inode: u32_at(bytes, 0xe0)?,
        };
        superblock.check(image_size)?;
        Ok(superblock)
    }

    /// Checks what the other functions divide by, and the size of the volume.
    fn check(&self, image_size: u64) -> Result<(), Error> {
        let (blocks, block_size) = (self.blocks, self.block_size);
        if blocks > image_size / block_size {
            return Err(corrupt(format!(
                "{blocks} blocks of {block_size} bytes, the image has {image_size} bytes"
            )));
        }
        if self.first_block >= blocks {
            let first = self.first_block;
            return Err(corrupt(format!("first block {first} of {blocks}")));
        }
        if self.blocks_per_group == 0 || self.inodes_per_group == 0 {
            return Err(corrupt("0 blocks or inodes in a group"));
        }
        let size = self.inode_size;
        if !size.is_power_of_two() || size < OLD_INODE_SIZE || u64::from(size) > block_size {
            return Err(corrupt(format!(
                "inode size {size} bytes, expected a power of two from 128 to {block_size}"
            )));
        }
        let size = self.descriptor_size;
        if !size.is_power_of_two() || !(32..=1024).contains(&size) {
            return Err(corrupt(format!(
                "descriptor size {size} bytes, expected a power of two from 32 to 1024"
            )));
        }
        Ok(())
    }

    pub(crate) fn has_incompatible(&self, feature: u32) -> bool {
        self.incompatible & feature != 0
    }

    pub(crate) fn has_read_only_compatible(&self, feature: u32) -> bool {
        self.read_only_compatible & feature != 0
    }

    pub(crate) fn has_checksums(&self) -> bool {
        self.has_read_only_compatible(METADATA_CHECKSUM)
    }

    /// Whether the journal contains changes that are not in their places yet.
    pub(crate) fn needs_recovery(&self) -> bool {
        self.compatible & HAS_JOURNAL != 0 && self.has_incompatible(NEEDS_RECOVERY)
    }
}

fn block_count(bytes: &[u8], incompatible: u32) -> Result<u64, Error> {
    let low = u64::from(u32_at(bytes, 4)?);
    match incompatible & IS_64_BIT {
        0 => Ok(low),
        _ => Ok(u64::from(u32_at(bytes, 0x150)?) << 32 | low),
    }
}

fn verify_checksum(bytes: &[u8; SIZE]) -> Result<(), Error> {
    let algorithm = u8_at(bytes, 0x175)?;
    if algorithm != CRC_32C {
        let what = format!("ext4 with the unknown checksum algorithm {algorithm}");
        return Err(Error::unsupported(what));
    }
    let covered = bytes.get(..CHECKSUM_OFFSET).unwrap_or_default();
    let found = Checksum::EMPTY.update(covered).value();
    let expected = u32_at(bytes, CHECKSUM_OFFSET)?;
    if found != expected {
        return Err(corrupt(format!(
            "CRC-32C {found:#010x}, expected {expected:#010x}"
        )));
    }
    Ok(())
}

fn corrupt(what: impl std::fmt::Display) -> Error {
    Error::corrupt(format!("superblock: {what}"))
}

#[cfg(test)]
pub(crate) mod tests;
