//! Content that is not compressed.

use file_system::Error;

use crate::area::{Area, ReadMetadata, read_array};
use crate::bytes::{position, round_up};
use crate::extent::{Extent, Storage};
use crate::inode::{DataLayout, Inode};
use crate::superblock::Superblock;

/// Consecutive blocks, and the rest of the content behind the inode.
#[derive(Debug)]
pub(crate) struct Flat {
    /// The position in bytes of the blocks; `None` for a hole.
    blocks: Option<u64>,
    /// The number of bytes in the blocks.
    length: u64,
    /// The position in bytes of the rest.
    rest: u64,
}

impl Flat {
    pub(crate) fn new(superblock: &Superblock, inode: &Inode) -> Result<Self, Error> {
        let block_size = superblock.block_size();
        let rest = inode.end()?;
        let length = match inode.layout {
            // The rest has at least a byte.
            DataLayout::Inline => inode.size.saturating_sub(1) / block_size * block_size,
            _ => inode.size,
        };
        let rest_length = inode.size - length;
        if rest % block_size + rest_length > block_size {
            let what = format!("{rest_length} bytes behind it cross the end of a block");
            return Err(inode.corrupt(what));
        }
        let blocks = match inode.start {
            Some(start) => Some(position(0, start, block_size)?),
            None => None,
        };
        Ok(Flat {
            blocks,
            length,
            rest,
        })
    }

    pub(crate) fn extent(&self, inode: &Inode, offset: u64) -> Result<Extent, Error> {
        if offset >= self.length {
            return Ok(Extent {
                start: self.length,
                length: inode.size - self.length,
                storage: Storage::Raw {
                    area: inode.area,
                    position: self.rest,
                },
            });
        }
        Ok(Extent {
            start: 0,
            length: self.length,
            storage: image(self.blocks),
        })
    }
}

fn image(position: Option<u64>) -> Storage {
    position.map_or(Storage::Hole, |position| Storage::Raw {
        area: Area::Image,
        position,
    })
}

/// Bits of the format of chunks. The lowest five bits are the size of a chunk.
const SIZE: u16 = 0x1f;
const INDEXES: u16 = 0x20;
const WIDE_INDEXES: u16 = 0x40;

/// Chunks, which are found by an array behind the inode: numbers of blocks with 4 bytes, or
/// `struct erofs_inode_chunk_index` with 8 bytes.
#[derive(Debug)]
pub(crate) struct Chunks {
    block_size: u64,
    /// The base-2 logarithm of the size of a chunk in bytes.
    bits: u32,
    /// The position in bytes of the array, and the size of its elements.
    array: u64,
    element_size: u64,
    is_wide: bool,
}

impl Chunks {
    pub(crate) fn new(superblock: &Superblock, inode: &Inode) -> Result<Self, Error> {
        let format = inode.chunk_format;
        if format & !(SIZE | INDEXES | WIDE_INDEXES) != 0 {
            let what = format!("inode {}: erofs with chunk format {format:#x}", inode.nid);
            return Err(Error::unsupported(what));
        }
        let element_size = if format & INDEXES != 0 { 8 } else { 4 };
        Ok(Chunks {
            block_size: superblock.block_size(),
            bits: u32::from(superblock.block_bits) + u32::from(format & SIZE),
            array: round_up(inode.end()?, element_size)?,
            element_size,
            is_wide: format & WIDE_INDEXES != 0,
        })
    }

    pub(crate) fn extent(&self, offset: u64, read: &ReadMetadata<'_>) -> Result<Extent, Error> {
        // At most 16 and 31 bits.
        let number = offset >> self.bits;
        let at = position(self.array, number, self.element_size)?;
        let block = match self.element_size {
            4 => Block::from_map(read_array(read, at)?),
            _ => Block::from_index(read_array(read, at)?, self.is_wide),
        };
        let position = match block.0 {
            Some(block) => Some(position(0, block, self.block_size)?),
            None => None,
        };
        Ok(Extent {
            start: number << self.bits,
            length: 1 << self.bits,
            storage: image(position),
        })
    }
}

/// The number of the first block of a chunk; `None` for a hole, which all ones stand for.
struct Block(Option<u64>);

impl Block {
    fn from_map(bytes: [u8; 4]) -> Self {
        let low = u32::from_le_bytes(bytes);
        Block((low != u32::MAX).then_some(low.into()))
    }

    /// The two bytes in the middle are the number of a device, which is always the image here.
    fn from_index([a, b, _, _, low @ ..]: [u8; 8], is_wide: bool) -> Self {
        let low = u32::from_le_bytes(low);
        if !is_wide {
            return Self::from_map(low.to_le_bytes());
        }
        let high = u16::from_le_bytes([a, b]);
        let is_hole = low == u32::MAX && high == u16::MAX;
        Block((!is_hole).then_some(u64::from(high) << 32 | u64::from(low)))
    }
}

#[cfg(test)]
mod tests;
