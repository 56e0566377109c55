//! Inodes: `struct ext4_inode` in the kernel's `fs/ext4/ext4.h`.

use file_system::bytes::{array_at, position, u16_at, u32_at};
use file_system::{Error, FileType, Metadata, ReadAt};

use crate::blocks::Blocks;
use crate::checksum::Checksum;
use crate::features::{IS_64_BIT, LARGE_DIR};
use crate::groups::inode_table;
use crate::superblock::Superblock;

/// The number of the root directory.
pub(crate) const ROOT: u32 = 2;

/// The size in bytes of the part that every inode has.
const BASE_SIZE: usize = 128;
/// The offset and size in bytes of the map of blocks, or what is stored in its place.
const MAP_OFFSET: usize = 0x28;
pub(crate) const MAP_SIZE: usize = 60;
/// The offsets in bytes of the lower and the upper half of the checksum.
const CHECKSUM_LOW: usize = 0x7c;
const CHECKSUM_HIGH: usize = 0x82;

/// Flags: `EXT4_*_FL`.
pub(crate) const ENCRYPTED: u32 = 0x800;
pub(crate) const INDEXED: u32 = 0x1000;
pub(crate) const EXTENTS: u32 = 0x8_0000;
pub(crate) const ATTRIBUTE_VALUE: u32 = 0x20_0000;
pub(crate) const INLINE_DATA: u32 = 0x1000_0000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inode {
    pub(crate) number: u32,
    pub(crate) metadata: Metadata,
    /// The size of the content in bytes, also of a directory.
    pub(crate) size: u64,
    pub(crate) flags: u32,
    pub(crate) map: [u8; MAP_SIZE],
    /// The block of extended attributes; 0 without one.
    pub(crate) attribute_block: u64,
    /// The rest of the inode behind its fields, which may contain extended attributes.
    pub(crate) rest: Vec<u8>,
    /// The beginning of the checksums of its blocks; `None` if they have none.
    pub(crate) seed: Option<Checksum>,
}

impl Inode {
    /// Reads the inode with a number.
    pub(crate) fn read<R: ReadAt>(
        blocks: &Blocks<R>,
        superblock: &Superblock,
        number: u32,
    ) -> Result<Self, Error> {
        let index = number
            .checked_sub(1)
            .filter(|_| number <= superblock.inodes);
        let index = index.ok_or_else(|| {
            let inodes = superblock.inodes;
            Error::corrupt(format!("inode number {number}, expected 1 to {inodes}"))
        })?;
        let group = index / superblock.inodes_per_group;
        let index = u64::from(index % superblock.inodes_per_group);
        let table = inode_table(blocks, superblock, group)?;
        // A power of two up to the size of a block: it does not cross the end of a block.
        let size = u64::from(superblock.inode_size);
        let in_block = superblock.block_size / size;
        let block = position(table, index / in_block, 1)?;
        blocks.check_range(block, 1)?;
        let block = blocks.get(block)?;
        let start = usize::try_from(index % in_block * size).unwrap_or(usize::MAX);
        let bytes = block.get(start..).unwrap_or_default();
        let bytes = bytes.get(..superblock.inode_size.into());
        Self::parse(superblock, number, bytes.unwrap_or_default())
    }

    fn parse(superblock: &Superblock, number: u32, bytes: &[u8]) -> Result<Self, Error> {
        let extra = extra_size(number, bytes)?;
        let seed = superblock.has_checksums().then(|| {
            let generation = bytes.get(0x64..0x68).unwrap_or_default();
            let sum = superblock.seed.update(&number.to_le_bytes());
            sum.update(generation)
        });
        if let Some(seed) = seed {
            verify_checksum(seed, number, bytes, extra)?;
        }
        let mode = u16_at(bytes, 0)?;
        let file_type = FileType::from_mode(mode)
            .ok_or_else(|| Error::corrupt(format!("inode {number}: mode {mode:#o}")))?;
        let mut size = u64::from(u32_at(bytes, 4)?);
        let is_large = file_type == FileType::Regular || superblock.has_incompatible(LARGE_DIR);
        if is_large {
            size |= u64::from(u32_at(bytes, 0x6c)?) << 32;
        }
        if i64::try_from(size).is_err() {
            let what = format!("inode {number}: size {size} bytes");
            return Err(Error::corrupt(what));
        }
        let map = array_at(bytes, MAP_OFFSET)?;
        let has_size = matches!(file_type, FileType::Regular | FileType::Symlink);
        let is_device = matches!(file_type, FileType::CharacterDevice | FileType::BlockDevice);
        let metadata = Metadata {
            file_type,
            permissions: mode & 0o7777,
            uid: joined(bytes, 0x78, 2)?,
            gid: joined(bytes, 0x7a, 0x18)?,
            size: if has_size { size } else { 0 },
            modified: modified(bytes, extra)?,
            device: if is_device { Some(device(&map)?) } else { None },
        };
        Ok(Inode {
            number,
            metadata,
            size,
            flags: u32_at(bytes, 0x20)?,
            map,
            attribute_block: match superblock.incompatible & IS_64_BIT {
                0 => u32_at(bytes, 0x68)?.into(),
                _ => u64::from(u16_at(bytes, 0x76)?) << 32 | u64::from(u32_at(bytes, 0x68)?),
            },
            rest: match extra {
                // The field of the number of extra bytes itself is not in use.
                0 => Vec::new(),
                _ => bytes.get(BASE_SIZE + extra..).unwrap_or_default().to_vec(),
            },
            seed,
        })
    }

    pub(crate) fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// Whether the content, a short target of a symbolic link, is in place of the map of blocks.
    pub(crate) fn is_short_link(&self) -> bool {
        self.metadata.file_type == FileType::Symlink
            && !self.has(EXTENTS | INLINE_DATA)
            && self.size < MAP_SIZE as u64
    }

    /// Returns an error about this inode.
    pub(crate) fn corrupt(&self, what: impl std::fmt::Display) -> Error {
        Error::corrupt(format!("inode {}: {what}", self.number))
    }
}

/// Returns the size in bytes of the fields behind the base.
fn extra_size(number: u32, bytes: &[u8]) -> Result<usize, Error> {
    if bytes.len() <= BASE_SIZE {
        return Ok(0);
    }
    let extra = usize::from(u16_at(bytes, BASE_SIZE)?);
    let rest = bytes.len() - BASE_SIZE;
    if extra % 4 != 0 || extra > rest {
        return Err(Error::corrupt(format!(
            "inode {number}: {extra} bytes of extra fields, expected a multiple of 4 up to {rest}"
        )));
    }
    Ok(extra)
}

/// Joins a number of 32 bits from the offsets of its upper and its lower half.
fn joined(bytes: &[u8], high: usize, low: usize) -> Result<u32, Error> {
    Ok(u32::from(u16_at(bytes, high)?) << 16 | u32::from(u16_at(bytes, low)?))
}

/// Returns the time of the last change. Two bits of the extra field extend the signed seconds to 34 bits.
fn modified(bytes: &[u8], extra: usize) -> Result<i64, Error> {
    let seconds = i64::from(i32::from_le_bytes(array_at(bytes, 0x10)?));
    if BASE_SIZE + extra < 0x8c {
        return Ok(seconds);
    }
    Ok(seconds + (i64::from(u32_at(bytes, 0x88)? & 3) << 32))
}

/// The major and minor numbers: `old_decode_dev` and `new_decode_dev` in the kernel's `include/linux/kdev_t.h`.
fn device(map: &[u8; MAP_SIZE]) -> Result<(u32, u32), Error> {
    let old = u32_at(map, 0)?;
    if old != 0 {
        return Ok((old >> 8 & 0xff, old & 0xff));
    }
    let number = u32_at(map, 4)?;
    let minor = number & 0xff | number >> 12 & 0xf_ff00;
    Ok((number >> 8 & 0xfff, minor))
}

fn verify_checksum(seed: Checksum, number: u32, bytes: &[u8], extra: usize) -> Result<(), Error> {
    let (base, rest) = bytes.split_at(BASE_SIZE.min(bytes.len()));
    let sum = seed.update_without(base, CHECKSUM_LOW, 2);
    let low = u32::from(u16_at(bytes, CHECKSUM_LOW)?);
    let (found, expected) = if BASE_SIZE + extra >= CHECKSUM_HIGH + 2 {
        let sum = sum.update_without(rest, CHECKSUM_HIGH - BASE_SIZE, 2);
        let high = u32::from(u16_at(bytes, CHECKSUM_HIGH)?);
        (sum.value(), high << 16 | low)
    } else {
        (sum.update(rest).low().into(), low)
    };
    if found != expected {
        return Err(Error::corrupt(format!(
            "inode {number}: checksum {found:#x}, expected {expected:#x}"
        )));
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
