//! The content of regular files.

use std::io;
use std::sync::{Arc, Mutex};

use file_system::{Error, ReadAt};

use crate::block_list::BlockList;
use crate::cache::lock;
use crate::fields::Fields;
use crate::image::{DataSize, Image};
use crate::inode::Regular;
use crate::table::read_entry;

/// An open regular file.
pub(crate) struct File<'a, R> {
    image: &'a Image<R>,
    layout: Regular,
    list: Mutex<BlockList>,
    /// The position and size of the fragment block, and the offset of the file's end in it.
    fragment: Option<(u64, DataSize, usize)>,
}

/// A part of a file that is stored as one.
enum Part {
    Hole,
    /// A decompressed block, and the offset in it where the part begins.
    Block(Arc<Vec<u8>>, usize),
}

impl<'a, R: ReadAt> File<'a, R> {
    pub(crate) fn new(image: &'a Image<R>, layout: &Regular) -> Result<Self, Error> {
        let fragment = match layout.fragment {
            Some((index, offset)) => Some(read_fragment(image, index, offset)?),
            None => None,
        };
        Ok(File {
            image,
            layout: layout.clone(),
            list: Mutex::new(BlockList::new(image, layout)?),
            fragment,
        })
    }

    /// Returns the block with this index, which has `length` bytes in the file.
    fn part(&self, index: u64, length: usize) -> Result<Part, Error> {
        if index >= self.layout.blocks {
            let Some((start, size, offset)) = self.fragment else {
                return Err(Error::corrupt("a file whose end is missing"));
            };
            let block = self.image.fragment(start, size)?;
            return Ok(Part::Block(block, offset));
        }
        let (start, size) = lock(&self.list).locate(self.image, index)?;
        if size.is_hole() {
            return Ok(Part::Hole);
        }
        let block = self.image.data(start, size, length)?;
        Ok(Part::Block(block, 0))
    }

    /// Fills the beginning of `bytes` from one block, and returns the number of bytes.
    fn read_part(&self, bytes: &mut [u8], offset: u64) -> Result<usize, Error> {
        let block_size = u64::from(self.image.superblock.block_size);
        let index = offset / block_size;
        let skip = (offset % block_size) as usize;
        let length = (self.layout.size - index * block_size).min(block_size) as usize;
        let count = (length - skip).min(bytes.len());
        let target = bytes.get_mut(..count).unwrap_or_default();
        match self.part(index, length)? {
            Part::Hole => target.fill(0),
            Part::Block(block, start) => {
                let start = start + skip;
                let source = block.get(start..start + count).ok_or_else(|| {
                    Error::corrupt(format!(
                        "the end of a file: {count} bytes at {start} of a fragment block of {} bytes",
                        block.len()
                    ))
                })?;
                target.copy_from_slice(source);
            }
        }
        Ok(count)
    }
}

/// Returns the position and the size of the fragment block with this index, and the offset.
fn read_fragment<R: ReadAt>(
    image: &Image<R>,
    index: u32,
    offset: u32,
) -> Result<(u64, DataSize, usize), Error> {
    let Some(table) = image.superblock.fragment_table else {
        return Err(Error::corrupt(
            "a file with a fragment in a file system without",
        ));
    };
    if offset >= image.superblock.block_size {
        return Err(Error::corrupt(format!(
            "a file whose end is at {offset} bytes of a fragment block, expected less than {}",
            image.superblock.block_size
        )));
    }
    let count = image.superblock.fragments;
    let entry: [u8; 16] = read_entry(image, "fragment", table, count, index)?;
    let mut entry: &[u8] = &entry;
    Ok((entry.u64()?, DataSize::new(entry.u32()?), offset as usize))
}

impl<R: ReadAt> ReadAt for File<'_, R> {
    fn size(&self) -> u64 {
        self.layout.size
    }

    fn read_exact_at(&self, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
        let end = offset.checked_add(bytes.len() as u64);
        if end.is_none_or(|end| end > self.layout.size) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        while !bytes.is_empty() {
            let count = self.read_part(bytes, offset)?;
            bytes = bytes.get_mut(count..).unwrap_or_default();
            offset += count as u64;
        }
        Ok(())
    }
}
