//! The chunks of a sparse image: `chunk_header_t`.

use std::ops::Range;

use read_at::ReadAt;

use super::header::{CHUNK_HEADER_SIZE, Header};
use crate::Cause;

/// Where the content of a chunk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// At this offset in bytes in the file.
    Raw(u64),
    /// This value, repeated.
    Fill(u32),
}

/// A chunk in 16 bytes: [`Source`] would need 24.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    first_block: u32,
    fill: u32,
    /// 0 for a chunk that is filled.
    offset: u64,
}

#[derive(Debug)]
pub(super) struct Table {
    /// Sorted, without gaps, and none is empty.
    chunks: Vec<Chunk>,
    blocks: u32,
}

const RAW: u16 = 0xcac1;
const FILL: u16 = 0xcac2;
const DONT_CARE: u16 = 0xcac3;
const CRC32: u16 = 0xcac4;

impl Table {
    pub(super) fn read(file: &impl ReadAt, header: &Header) -> Result<Self, Cause> {
        let mut table = Table {
            chunks: Vec::new(),
            blocks: 0,
        };
        let mut offset = u64::from(header.size);
        for number in 0..header.chunks {
            offset = table
                .add(file, header, offset)
                .map_err(|cause| match cause {
                    Cause::Corrupt(text) => Cause::Corrupt(format!("chunk {number}: {text}")),
                    cause => cause,
                })?;
        }
        if table.blocks != header.blocks {
            let (found, expected) = (table.blocks, header.blocks);
            return Err(Cause::Corrupt(format!(
                "the chunks have {found} blocks; the header expects {expected}"
            )));
        }
        Ok(table)
    }

    /// Adds the chunk whose header is at `offset`, and returns the offset of the next.
    fn add(&mut self, file: &impl ReadAt, header: &Header, offset: u64) -> Result<u64, Cause> {
        let mut bytes = [0; CHUNK_HEADER_SIZE as usize];
        file.read_exact_at(&mut bytes, offset)?;
        let [a, b, _, _, c, d, e, f, size @ ..] = bytes;
        let (kind, blocks) = (u16::from_le_bytes([a, b]), u32::from_le_bytes([c, d, e, f]));
        let size = u64::from(u32::from_le_bytes(size));
        let header_size = u64::from(header.chunk_header_size);
        let data = offset + header_size;
        let content = match kind {
            RAW => u64::from(blocks) * u64::from(header.block_size),
            FILL | CRC32 => 4,
            DONT_CARE => 0,
            _ => return Err(Cause::Corrupt(format!("unknown type {kind:#06x}"))),
        };
        if size != header_size + content {
            let expected = header_size + content;
            return Err(Cause::Corrupt(format!("{size} bytes, expected {expected}")));
        }
        if offset + size > file.size() {
            return Err(Cause::Corrupt("truncated".to_owned()));
        }
        let source = match kind {
            RAW => Source::Raw(data),
            FILL => {
                let mut value = [0; 4];
                file.read_exact_at(&mut value, data)?;
                Source::Fill(u32::from_le_bytes(value))
            }
            DONT_CARE => Source::Fill(0),
            _ => return Ok(offset + size),
        };
        let end = self.blocks.checked_add(blocks);
        let end = end.filter(|end| *end <= header.blocks).ok_or_else(|| {
            let total = header.blocks;
            Cause::Corrupt(format!(
                "{blocks} blocks are beyond the end at block {total}"
            ))
        })?;
        self.push(source, blocks);
        self.blocks = end;
        Ok(offset + size)
    }

    fn push(&mut self, source: Source, blocks: u32) {
        let (fill, offset) = match source {
            Source::Raw(offset) => (0, offset),
            Source::Fill(fill) => (fill, 0),
        };
        let last = self.chunks.last();
        let continues =
            last.is_some_and(|last| offset == 0 && (last.fill, last.offset) == (fill, 0));
        if blocks > 0 && !continues {
            self.chunks.push(Chunk {
                first_block: self.blocks,
                fill,
                offset,
            });
        }
    }

    /// The number of chunks in memory, where some are joined.
    pub(super) fn chunks(&self) -> u32 {
        // At most those of the header.
        self.chunks.len() as u32
    }

    /// The number of blocks of the content.
    pub(super) fn blocks(&self) -> u32 {
        self.blocks
    }

    /// Returns the chunk that contains `block`, and the blocks that it consists of; `None` beyond the end.
    pub(super) fn find(&self, block: u64) -> Option<(Source, Range<u32>)> {
        let block = u32::try_from(block)
            .ok()
            .filter(|block| *block < self.blocks)?;
        let next = self
            .chunks
            .partition_point(|chunk| chunk.first_block <= block);
        let chunk = self.chunks.get(next.checked_sub(1)?)?;
        let end = self
            .chunks
            .get(next)
            .map_or(self.blocks, |chunk| chunk.first_block);
        let source = match chunk.offset {
            0 => Source::Fill(chunk.fill),
            offset => Source::Raw(offset),
        };
        Some((source, chunk.first_block..end))
    }
}
