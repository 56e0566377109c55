//! Trees of extents: `struct ext4_extent_header`, `ext4_extent_idx`, `ext4_extent` and `ext4_extent_tail` in the
//! kernel's `fs/ext4/ext4_extents.h`.

use std::sync::Arc;

use file_system::bytes::{u16_at, u32_at};
use file_system::{Error, ReadAt};

use crate::blocks::Blocks;
use crate::inode::Inode;
use crate::leaf::{Leaf, Run};

const MAGIC: u16 = 0xf30a;
/// The size in bytes of the header, and of an entry of either kind.
const ENTRY_SIZE: usize = 12;
/// More levels than 2^32 blocks need.
const MAX_DEPTH: u16 = 5;
/// The maximum number of blocks of an extent with content. With more, the rest is the number of blocks that are
/// allocated but not written, which read as zeros.
const MAX_WRITTEN: u16 = 0x8000;
/// Behind the last block that a tree can map.
const END: u64 = 1 << 32;

/// Returns the leaf with a block of a file.
pub(crate) fn leaf<R: ReadAt>(
    blocks: &Blocks<R>,
    inode: &Inode,
    number: u64,
) -> Result<Leaf, Error> {
    if number >= END {
        return Ok(Leaf::hole(END, u64::MAX));
    }
    let root = ExtentNode::parse(inode, &inode.map)?;
    if root.depth > MAX_DEPTH {
        let what = format!(
            "extents of depth {}, expected up to {MAX_DEPTH}",
            root.depth
        );
        return Err(inode.corrupt(what));
    }
    let mut depth = root.depth;
    let mut bytes: Arc<[u8]> = Arc::from(&inode.map[..]);
    let (mut start, mut end) = (0, END);
    while depth > 0 {
        let node = ExtentNode::parse(inode, &bytes)?;
        let Some(child) = node.child(inode, number, start, end)? else {
            let first = node.index(0)?.0;
            return Ok(Leaf::hole(start, first));
        };
        (start, end) = (child.start, child.end);
        blocks.check_range(child.block, 1)?;
        bytes = blocks.get(child.block)?;
        depth -= 1;
        let node = ExtentNode::parse(inode, &bytes)?;
        if node.depth != depth {
            let found = node.depth;
            let what = format!("a block of extents of depth {found}, expected {depth}");
            return Err(inode.corrupt(what));
        }
        node.verify_checksum(inode)?;
    }
    let runs = ExtentNode::parse(inode, &bytes)?.runs(blocks, inode, start, end)?;
    Ok(Leaf { start, end, runs })
}

/// A part of a node: the block that contains it, and the blocks of the file that it maps.
struct Child {
    block: u64,
    start: u64,
    end: u64,
}

struct ExtentNode<'a> {
    bytes: &'a [u8],
    count: usize,
    max: usize,
    depth: u16,
}

impl<'a> ExtentNode<'a> {
    fn parse(inode: &Inode, bytes: &'a [u8]) -> Result<Self, Error> {
        let magic = u16_at(bytes, 0)?;
        if magic != MAGIC {
            let what = format!("extents with magic number {magic:#06x}, expected {MAGIC:#06x}");
            return Err(inode.corrupt(what));
        }
        let count = usize::from(u16_at(bytes, 2)?);
        let max = usize::from(u16_at(bytes, 4)?);
        let room = (bytes.len() - ENTRY_SIZE) / ENTRY_SIZE;
        if count > max || max > room {
            return Err(inode.corrupt(format!(
                "{count} extents of up to {max} in a node with room for {room}"
            )));
        }
        let depth = u16_at(bytes, 6)?;
        if depth > 0 && count == 0 {
            return Err(inode.corrupt("a node without extents above the leaves"));
        }
        Ok(ExtentNode {
            bytes,
            count,
            max,
            depth,
        })
    }

    /// The offset in bytes of an entry.
    fn offset(index: usize) -> usize {
        index.saturating_add(1).saturating_mul(ENTRY_SIZE)
    }

    /// Returns the first block of the file and the block in the image of an entry above the leaves.
    fn index(&self, index: usize) -> Result<(u64, u64), Error> {
        let offset = Self::offset(index);
        let low = u64::from(u32_at(self.bytes, offset + 4)?);
        let high = u64::from(u16_at(self.bytes, offset + 8)?);
        Ok((u32_at(self.bytes, offset)?.into(), high << 32 | low))
    }

    /// Returns the child with a block of the file; `None` if it is before all children.
    fn child(
        &self,
        inode: &Inode,
        number: u64,
        start: u64,
        end: u64,
    ) -> Result<Option<Child>, Error> {
        let mut found = None;
        let mut next = start;
        for index in 0..self.count {
            let (first, block) = self.index(index)?;
            if first < next || first >= end {
                return Err(inode.corrupt(format!(
                    "extents from block {first} on, expected {next} to {end}"
                )));
            }
            next = first + 1;
            if first > number {
                // Bounds the child before.
                return Ok(found.map(|child| Child {
                    end: first,
                    ..child
                }));
            }
            found = Some(Child {
                block,
                start: first,
                end,
            });
        }
        Ok(found)
    }

    /// Returns the extents of a leaf that are written.
    fn runs<R: ReadAt>(
        &self,
        blocks: &Blocks<R>,
        inode: &Inode,
        start: u64,
        end: u64,
    ) -> Result<Vec<Run>, Error> {
        let mut runs = Vec::with_capacity(self.count);
        let mut next = start;
        for index in 0..self.count {
            let offset = Self::offset(index);
            let first = u64::from(u32_at(self.bytes, offset)?);
            let length = u16_at(self.bytes, offset + 4)?;
            let is_written = length <= MAX_WRITTEN;
            let length = u64::from(if is_written {
                length
            } else {
                length - MAX_WRITTEN
            });
            let behind = first + length;
            if first < next || behind > end || length == 0 {
                return Err(inode.corrupt(format!(
                    "an extent of blocks {first} to {behind}, expected {next} to {end}"
                )));
            }
            next = behind;
            let high = u64::from(u16_at(self.bytes, offset + 6)?);
            let block = high << 32 | u64::from(u32_at(self.bytes, offset + 8)?);
            blocks.check_range(block, length)?;
            if is_written {
                runs.push(Run {
                    start: first,
                    length,
                    block,
                });
            }
        }
        Ok(runs)
    }

    /// Verifies the checksum behind the room for entries.
    fn verify_checksum(&self, inode: &Inode) -> Result<(), Error> {
        let Some(seed) = inode.seed else {
            return Ok(());
        };
        let tail = Self::offset(self.max);
        let found = seed.update(self.bytes.get(..tail).unwrap_or_default());
        let (found, expected) = (found.value(), u32_at(self.bytes, tail)?);
        if found != expected {
            return Err(inode.corrupt(format!(
                "a block of extents with checksum {found:#010x}, expected {expected:#010x}"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
