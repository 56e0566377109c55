//! Inodes: `struct erofs_inode_compact` and `struct erofs_inode_extended` in the kernel's
//! `fs/erofs/erofs_fs.h`.

use file_system::{Error, FileType, Metadata};

use crate::area::Area;
use crate::bytes::{array_at, position, u16_at, u32_at, u64_at};
use crate::superblock::{IN_METABOX, Superblock};

/// The size in bytes of a compact inode, and the unit of node numbers.
pub(crate) const COMPACT_SIZE: usize = 32;
/// The size in bytes of an extended inode.
pub(crate) const EXTENDED_SIZE: usize = 64;

/// Bits of `i_format`. The bits between the first two are the layout of the content.
const EXTENDED: u16 = 0x1;
const START_IS_WIDE: u16 = 0x10;
const KNOWN: u16 = 0x1f;

/// How the content of a file is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DataLayout {
    /// In consecutive blocks.
    Plain,
    /// In consecutive blocks, the rest behind the inode.
    Inline,
    /// In chunks.
    Chunks,
    /// Compressed, with 8 bytes for each logical cluster, or with records of extents.
    Full,
    /// Compressed, with 2 or 4 bytes for each logical cluster.
    Compact,
}

/// The layouts by their numbers.
const LAYOUTS: [DataLayout; 5] = [
    DataLayout::Plain,
    DataLayout::Full,
    DataLayout::Inline,
    DataLayout::Compact,
    DataLayout::Chunks,
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inode {
    pub(crate) nid: u64,
    pub(crate) area: Area,
    pub(crate) metadata: Metadata,
    /// The size of the content in bytes, also of a directory.
    pub(crate) size: u64,
    pub(crate) layout: DataLayout,
    /// The number of the first block; `None` if the whole file is a hole.
    pub(crate) start: Option<u64>,
    pub(crate) chunk_format: u16,
    /// The position in bytes of the extended attributes, directly behind the inode.
    pub(crate) attributes: u64,
    /// The size in bytes of the extended attributes.
    pub(crate) attributes_size: u32,
}

impl Inode {
    /// Returns the area and the position in bytes of the inode with a number.
    pub(crate) fn locate(superblock: &Superblock, nid: u64) -> Result<(Area, u64), Error> {
        let (area, base) = if nid & IN_METABOX != 0 {
            (Area::Metabox, 0)
        } else {
            (Area::Image, superblock.inode_base)
        };
        let offset = (nid & !IN_METABOX).checked_mul(COMPACT_SIZE as u64);
        let position = offset.and_then(|offset| offset.checked_add_signed(base));
        let position = position.ok_or_else(|| Error::corrupt(format!("inode number {nid:#x}")))?;
        Ok((area, position))
    }

    /// Returns the size in bytes of the inode that begins with `bytes`.
    pub(crate) fn size_of(bytes: &[u8]) -> Result<usize, Error> {
        let is_extended = u16_at(bytes, 0)? & EXTENDED != 0;
        Ok(if is_extended {
            EXTENDED_SIZE
        } else {
            COMPACT_SIZE
        })
    }

    /// Parses the inode with a number from its bytes.
    pub(crate) fn parse(superblock: &Superblock, nid: u64, bytes: &[u8]) -> Result<Self, Error> {
        let format = u16_at(bytes, 0)?;
        let number = usize::from(format >> 1 & 7);
        let layout = LAYOUTS.get(number).filter(|_| format & !KNOWN == 0);
        let layout = *layout.ok_or_else(|| {
            Error::unsupported(format!("inode {nid}: erofs with inode format {format:#x}"))
        })?;
        let is_extended = format & EXTENDED != 0;
        let mode = u16_at(bytes, 4)?;
        let file_type = FileType::from_mode(mode)
            .ok_or_else(|| Error::corrupt(format!("inode {nid}: mode {mode:#o}")))?;
        let (size, uid, gid, modified) = if is_extended {
            (
                u64_at(bytes, 8)?,
                u32_at(bytes, 24)?,
                u32_at(bytes, 28)?,
                i64::from_le_bytes(array_at(bytes, 32)?),
            )
        } else {
            (
                u32_at(bytes, 8)?.into(),
                u16_at(bytes, 24)?.into(),
                u16_at(bytes, 26)?.into(),
                superblock.epoch.saturating_add(u32_at(bytes, 12)?.into()),
            )
        };
        if i64::try_from(size).is_err() {
            return Err(Error::corrupt(format!("inode {nid}: size {size} bytes")));
        }
        // In a compact directory, the bit has another meaning.
        let is_wide =
            is_extended || (format & START_IS_WIDE != 0 && file_type != FileType::Directory);
        let number = u32_at(bytes, 16)?;
        let (area, location) = Self::locate(superblock, nid)?;
        let attributes = u32::from(u16_at(bytes, 2)?);
        let has_size = matches!(file_type, FileType::Regular | FileType::Symlink);
        let is_device = matches!(file_type, FileType::CharacterDevice | FileType::BlockDevice);
        let metadata = Metadata {
            file_type,
            permissions: mode & 0o7777,
            uid,
            gid,
            size: if has_size { size } else { 0 },
            modified,
            device: is_device.then(|| device(number)),
        };
        Ok(Inode {
            nid,
            area,
            metadata,
            size,
            layout,
            start: start(number, is_wide.then_some(u16_at(bytes, 6)?)),
            chunk_format: u16_at(bytes, 16)?,
            attributes: position(location, 1, Self::size_of(bytes)? as u64)?,
            // A header of 12 bytes, and units of 4 bytes, the first of which is in the header.
            attributes_size: match attributes {
                0 => 0,
                count => 8 + count * 4,
            },
        })
    }

    /// The position in bytes behind the extended attributes: of the rest of the content, or of indexes.
    pub(crate) fn end(&self) -> Result<u64, Error> {
        position(self.attributes, 1, self.attributes_size.into())
    }

    /// Returns an error about this inode.
    pub(crate) fn corrupt(&self, what: impl std::fmt::Display) -> Error {
        Error::corrupt(format!("inode {}: {what}", self.nid))
    }
}

/// Joins the parts of the number of the first block. All ones stand for a hole.
fn start(low: u32, high: Option<u16>) -> Option<u64> {
    let is_hole = low == u32::MAX && high.unwrap_or(u16::MAX) == u16::MAX;
    let start = u64::from(high.unwrap_or_default()) << 32 | u64::from(low);
    (!is_hole).then_some(start)
}

/// The major and minor numbers, as the kernel's `new_encode_dev` joins them.
fn device(number: u32) -> (u32, u32) {
    let minor = number & 0xff | number >> 12 & 0xf_ff00;
    (number >> 8 & 0xfff, minor)
}

#[cfg(test)]
mod tests;
