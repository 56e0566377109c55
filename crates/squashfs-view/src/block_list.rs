//! The list of the sizes of a file's data blocks.

use file_system::{Error, ReadAt};

use crate::cursor::{Cursor, Place};
use crate::fields::Fields;
use crate::image::{DataSize, Image, METADATA_SIZE};
use crate::inode::Regular;

/// The maximum number of checkpoints: 40 KiB a file.
const MAX_CHECKPOINTS: usize = 1024;
/// The number of blocks between checkpoints in a file that is not huge.
const FIRST_STRIDE: u64 = 1024;
/// The minimum size of a metadata block in the image, with its header.
const MIN_METADATA_BLOCK: u64 = 3;

/// Finds data blocks. The position of a block is the sum of the sizes of all before it, so reading starts
/// at the nearest of some places that were passed already. The list itself stays in the image.
#[derive(Debug)]
pub(crate) struct BlockList {
    /// Where the block is that was found last.
    last: Checkpoint,
    /// One for each multiple of `stride` that was passed, the beginning first.
    checkpoints: Vec<Checkpoint>,
    stride: u64,
}

#[derive(Debug, Clone, Copy)]
struct Checkpoint {
    /// The index of a block.
    index: u64,
    /// The position of the block in the image.
    start: u64,
    /// The place of its size in the list.
    place: Place,
}

impl BlockList {
    /// Checks that the list has room in the inode table.
    pub(crate) fn new<R: ReadAt>(image: &Image<R>, file: &Regular) -> Result<Self, Error> {
        let end = image.superblock.directory_table;
        let blocks = end.saturating_sub(file.list.block) / MIN_METADATA_BLOCK + 1;
        let room = blocks.saturating_mul(METADATA_SIZE as u64 / 4);
        if file.blocks > room {
            return Err(Error::corrupt(format!(
                "a file of {} bytes with {} blocks, but the inode table has room for at most {room}",
                file.size, file.blocks
            )));
        }
        let first = Checkpoint {
            index: 0,
            start: file.start,
            place: file.list,
        };
        Ok(BlockList {
            last: first,
            checkpoints: vec![first],
            stride: FIRST_STRIDE,
        })
    }

    /// Returns the position and the size of the block with this index, which the caller checks.
    pub(crate) fn locate<R: ReadAt>(
        &mut self,
        image: &Image<R>,
        index: u64,
    ) -> Result<(u64, DataSize), Error> {
        let mut at = self.nearest(index);
        let mut cursor = Cursor::new(image, at.place)?;
        while at.index < index {
            let bytes = DataSize::new(cursor.u32()?).bytes(image.superblock.block_size)?;
            at = Checkpoint {
                index: at.index + 1,
                start: at.start.saturating_add(bytes.into()),
                place: cursor.place(),
            };
            self.pass(at);
        }
        self.last = at;
        Ok((at.start, DataSize::new(cursor.u32()?)))
    }

    fn nearest(&self, index: u64) -> Checkpoint {
        let after = self.checkpoints.partition_point(|at| at.index <= index);
        let before = after.checked_sub(1).and_then(|at| self.checkpoints.get(at));
        match before {
            Some(checkpoint) if self.last.index > index || checkpoint.index > self.last.index => {
                *checkpoint
            }
            _ => self.last,
        }
    }

    /// Remembers a checkpoint; doubles the stride where there are too many.
    fn pass(&mut self, at: Checkpoint) {
        let is_new = self
            .checkpoints
            .last()
            .is_none_or(|last| last.index < at.index);
        if at.index % self.stride != 0 || !is_new {
            return;
        }
        if self.checkpoints.len() >= MAX_CHECKPOINTS {
            self.stride *= 2;
            let stride = self.stride;
            self.checkpoints.retain(|at| at.index % stride == 0);
        }
        self.checkpoints.push(at);
    }
}
