//! Where the blocks of a stream are.

use super::{MAX_BLOCK, MAX_BLOCKS};

/// A block; 24 bytes, of which there are up to [`MAX_BLOCKS`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    /// The offset in bytes of its content.
    pub(super) content: u64,
    /// Its offset in bytes in the stream.
    pub(super) start: u64,
    /// Its size in bytes in the stream; for xz without padding.
    pub(super) size: u32,
    /// For xz, the flags of its stream; for zstd, the checksum in the seek table.
    pub(super) check: u32,
}

/// All blocks with content, in the order of their content.
#[derive(Debug, Default)]
pub(super) struct Index {
    blocks: Vec<Block>,
    /// The size in bytes of the content of all blocks.
    pub(super) size: u64,
    /// The size in bytes of the content of the largest block.
    pub(super) largest: u64,
}

impl Index {
    /// Adds the block that follows, with `content` bytes of content; `None` if it exceeds a limit.
    pub(super) fn push(&mut self, start: u64, size: u64, content: u64, check: u32) -> Option<()> {
        if content == 0 {
            return Some(());
        }
        // Headers and checks may make a block larger than its content, but not by much.
        let is_valid = content <= MAX_BLOCK && size <= content + content / 4 + 4096;
        if !is_valid || self.blocks.len() >= MAX_BLOCKS {
            return None;
        }
        self.blocks.push(Block {
            content: self.size,
            start,
            size: u32::try_from(size).ok()?,
            check,
        });
        self.size = self.size.checked_add(content)?;
        self.largest = self.largest.max(content);
        Some(())
    }

    /// The blocks.
    pub(super) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Returns the number of the block with the byte of the content at `offset`, that block, and the size in
    /// bytes of its content; `None` beyond the end.
    pub(super) fn find(&self, offset: u64) -> Option<(usize, Block, usize)> {
        let next = self.blocks.partition_point(|block| block.content <= offset);
        let number = next.checked_sub(1)?;
        let block = *self.blocks.get(number)?;
        let end = self.blocks.get(next).map_or(self.size, |next| next.content);
        let size = usize::try_from(end.checked_sub(block.content)?).ok()?;
        (offset < end).then_some((number, block, size))
    }
}
