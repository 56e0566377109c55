//! Streams with an index, of which each block is decompressed when it is read.

mod index;
mod kept;
mod xz;
mod zstd;

use std::fmt;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use read_at::ReadAt;

use crate::{Error, Format, Limits};
use index::{Block, Index};
use kept::Kept;

/// The maximum size in bytes of the content of a block.
const MAX_BLOCK: u64 = 24 << 20;
/// The maximum number of blocks; the index takes 24 bytes of memory for each.
const MAX_BLOCKS: usize = 1 << 18;
/// The memory in bytes for the content of blocks and for the decoder: enough for the largest block with a
/// dictionary of 32 MiB, and for two blocks of `xz -T0`, of 24 MiB, with the dictionary of 8 MiB.
const MEMORY: u64 = 56 << 20;
/// The size in bytes of the buffer for the compressed content.
const INPUT_BUFFER: usize = 128 << 10;

/// The content of a compressed stream with an index, which can be read at any position: xz with several blocks, as
/// `xz -T0` and pixz write it, or zstd with a seek table (`contrib/seekable_format` in zstd's repository).
///
/// Each block is decompressed whole when a part of it is read, and its checksum verified. Those read last are kept.
/// The blocks and the decoder take at most 56 MiB of memory, the index 6 MiB.
pub struct Blocks<R> {
    stream: R,
    coding: Coding,
    index: Index,
    memory: u64,
    kept: Mutex<Kept>,
    decompressed: AtomicU64,
}

#[derive(Debug, Clone, Copy)]
enum Coding {
    Xz,
    Zstd { has_checksums: bool },
}

impl<R: ReadAt> Blocks<R> {
    /// Reads the index of `stream`; `None` if it has none or only one block, if the index is invalid, or if a block
    /// needs more memory than `limits` or the type's own limit. [`crate::reader`] may read such a stream, or
    /// returns the error.
    pub fn open(format: Format, stream: R, limits: Limits) -> Option<Self> {
        let (index, coding) = match format {
            Format::Xz => (xz::read_index(&stream)?, Coding::Xz),
            Format::Zstd => {
                let (index, has_checksums) = zstd::read_index(&stream)?;
                (index, Coding::Zstd { has_checksums })
            }
            _ => return None,
        };
        let allowed = match coding {
            Coding::Xz => limits.xz,
            // As much as other frames of such a window take.
            Coding::Zstd { .. } => limits.zstd_window.saturating_mul(3),
        };
        let blocks = Blocks {
            stream,
            coding,
            index,
            memory: allowed.min(MEMORY),
            kept: Mutex::default(),
            decompressed: AtomicU64::new(0),
        };
        let [first, _, ..] = blocks.index.blocks() else {
            return None;
        };
        let largest = blocks.index.largest;
        let decoder = match coding {
            // The dictionary is reduced to the content, and sizes of dictionaries are powers of two, among others.
            Coding::Xz => largest.next_power_of_two(),
            // Encoders choose the same window for all frames.
            Coding::Zstd { .. } => zstd::decoder_memory(&blocks.stream, first).ok()?,
        };
        (decoder.checked_add(largest)? <= blocks.memory).then_some(blocks)
    }

    /// The number of bytes that were decompressed so far. It exceeds the size of the content where blocks were read
    /// again that were not kept.
    pub fn decompressed(&self) -> u64 {
        self.decompressed.load(Ordering::Relaxed)
    }

    /// Decompresses a block with `size` bytes of content, after blocks that are kept made room for it.
    fn decode(&self, block: &Block, size: usize, kept: &mut Kept) -> Result<Vec<u8>, Error> {
        let stream = &self.stream;
        let mut make_room = |decoder: u64| {
            let needed = decoder.saturating_add(size as u64);
            let allowed = self.memory;
            let left = allowed.checked_sub(needed);
            kept.shrink(left.ok_or(Error::Memory { needed, allowed })?);
            Ok::<(), Error>(())
        };
        match self.coding {
            Coding::Xz => {
                let header = xz::Header::read(stream, block, size as u64)?;
                make_room(header.dictionary)?;
                read_whole(xz::reader(stream, block, &header, size as u64)?, size)
            }
            Coding::Zstd { has_checksums } => {
                make_room(zstd::decoder_memory(stream, block)?)?;
                let limits = Limits {
                    xz: 0,
                    zstd_window: self.memory,
                };
                let content = read_whole(zstd::reader(stream, block, limits)?, size)?;
                if has_checksums && zstd::checksum(&content) != block.check {
                    return Err(Error::Checksum);
                }
                Ok(content)
            }
        }
    }

    /// Fills `bytes` from `offset` on, or their beginning if the block ends before, and returns their number; 0 at
    /// the end.
    fn read_block(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let Some((number, block, size)) = self.index.find(offset) else {
            return Ok(0);
        };
        // Until the block is decompressed, so that only one is at a time.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.get(number).is_none() {
            self.decompressed.fetch_add(size as u64, Ordering::Relaxed);
            let content = self.decode(&block, size, &mut kept);
            let content = content.map_err(|error| self.error(number, &block, error))?;
            kept.push(number, content);
        }
        let content = kept.get(number).unwrap_or_default();
        // Less than the size of the block.
        let start = (offset - block.content) as usize;
        content.get(start..).unwrap_or_default().read(bytes)
    }

    /// Names the block.
    fn error(&self, number: usize, block: &Block, error: Error) -> io::Error {
        let format = match self.coding {
            Coding::Xz => Format::Xz,
            Coding::Zstd { .. } => Format::Zstd,
        };
        let error = io::Error::from(error);
        // The decoders return errors of various kinds, also `UnexpectedEof`, which is not that of the content.
        let kind = match error.raw_os_error() {
            Some(_) => error.kind(),
            None => io::ErrorKind::InvalidData,
        };
        let at = block.start;
        io::Error::new(kind, format!("{format}: block {number} at {at}: {error}"))
    }
}

impl<R: ReadAt> ReadAt for Blocks<R> {
    fn size(&self) -> u64 {
        self.index.size
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        let (mut bytes, mut offset) = (bytes, offset);
        while !bytes.is_empty() {
            let count = self.read_block(bytes, offset)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            offset += count as u64;
            bytes = bytes.get_mut(count..).unwrap_or_default();
        }
        Ok(())
    }
}

impl<R> fmt::Debug for Blocks<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Blocks");
        fields
            .field("coding", &self.coding)
            .field("size", &self.index.size)
            .finish_non_exhaustive()
    }
}

/// Reads the content of a block, which must have exactly `size` bytes, and its end with the checksum.
fn read_whole(mut reader: impl Read, size: usize) -> Result<Vec<u8>, Error> {
    let mut content = vec![0; size];
    reader.read_exact(&mut content)?;
    match reader.read(&mut [0])? {
        0 => Ok(content),
        _ => Err(invalid("more content than the index states")),
    }
}

fn invalid(message: &'static str) -> Error {
    Error::Io(io::Error::new(io::ErrorKind::InvalidData, message))
}

#[cfg(test)]
mod tests;
