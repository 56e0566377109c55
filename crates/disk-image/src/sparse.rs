//! Android sparse images, read in place. Source of the format: AOSP's `libsparse/sparse_format.h`.
//!
//! Checksums are not verified: that would need all of the content. Images that were split into several
//! files are read only if each is complete.

mod header;
mod table;

use std::fmt;
use std::io;

use read_at::ReadAt;

use crate::Cause;
use header::Header;
pub(crate) use header::MAGIC;
use table::{Source, Table};

/// The content of a sparse image.
pub struct Sparse<R> {
    file: R,
    block_size: u32,
    table: Table,
}

impl<R: ReadAt> Sparse<R> {
    /// Reads and validates the chunk headers of the sparse image `file`.
    ///
    /// # Errors
    /// If it cannot be read, is invalid or truncated, or has more than `max_chunks` chunks, each of which takes
    /// 16 bytes of memory.
    pub fn new(file: R, max_chunks: u32) -> Result<Self, Cause> {
        let header = Header::read(&file, max_chunks)?;
        let table = Table::read(&file, &header)?;
        Ok(Sparse {
            file,
            block_size: header.block_size,
            table,
        })
    }

    /// The number of chunks that are kept in memory.
    pub fn chunks(&self) -> u32 {
        self.table.chunks()
    }

    /// Fills `bytes`, or their beginning if the chunk ends before, and returns their number; 0 at the
    /// end.
    fn read_chunk(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let block_size = u64::from(self.block_size);
        let Some((chunk, blocks)) = self.table.find(offset / block_size) else {
            return Ok(0);
        };
        let start = u64::from(blocks.start) * block_size;
        let left = (u64::from(blocks.end) * block_size).saturating_sub(offset);
        let count = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let bytes = bytes.get_mut(..count).unwrap_or_default();
        match chunk {
            Source::Raw(at) => self.file.read_exact_at(bytes, at + (offset - start))?,
            Source::Fill(value) => {
                // Chunks begin at multiples of 4 bytes.
                let pattern = value.to_le_bytes().into_iter().cycle();
                let pattern = pattern.skip((offset % 4) as usize);
                bytes
                    .iter_mut()
                    .zip(pattern)
                    .for_each(|(to, from)| *to = from);
            }
        }
        Ok(count)
    }
}

impl<R: ReadAt> ReadAt for Sparse<R> {
    fn size(&self) -> u64 {
        u64::from(self.table.blocks()) * u64::from(self.block_size)
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        let (mut bytes, mut offset) = (bytes, offset);
        while !bytes.is_empty() {
            let count = self.read_chunk(bytes, offset)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            offset += count as u64;
            bytes = bytes.get_mut(count..).unwrap_or_default();
        }
        Ok(())
    }
}

impl<R> fmt::Debug for Sparse<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Sparse");
        fields
            .field("block_size", &self.block_size)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
