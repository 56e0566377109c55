//! Frames of zstd with a seek table: `contrib/seekable_format/zstd_seekable_compression_format.md` in zstd's
//! repository.

use std::io::{self, BufReader, Read};

use read_at::{Cursor, ReadAt, Window};
use twox_hash::XxHash64;

use super::index::{Block, Index};
use super::{INPUT_BUFFER, MAX_BLOCKS};
use crate::format::skippable_size;
use crate::source::Source;
use crate::zstd::Header;
use crate::{Error, Format, Limits};

/// The magic number at the end of the stream.
const SEEK_MAGIC: [u8; 4] = 0x8f92_eab1_u32.to_le_bytes();
/// The size in bytes of the number of frames, the flags and the magic number.
const FOOTER: u64 = 9;
/// The magic number and the size of the skippable frame.
const FRAME_HEADER: u64 = 8;
/// The magic number of the skippable frame.
const FRAME_MAGIC: [u8; 4] = 0x184d_2a5e_u32.to_le_bytes();

/// The decoder allocates up to three times the size of the window.
const BUFFERS: u64 = 3;

/// Returns the index of the seek table, and whether it has checksums; `None` if the table is missing or invalid,
/// or exceeds a limit.
pub(super) fn read_index(stream: &dyn ReadAt) -> Option<(Index, bool)> {
    let mut footer = [0; FOOTER as usize];
    let footer_start = stream.size().checked_sub(FOOTER)?;
    stream.read_exact_at(&mut footer, footer_start).ok()?;
    let [a, b, c, d, flags, magic @ ..] = footer;
    const HAS_CHECKSUMS: u8 = 0x80;
    const RESERVED: u8 = 0x7c;
    if magic != SEEK_MAGIC || flags & RESERVED != 0 {
        return None;
    }
    let has_checksums = flags & HAS_CHECKSUMS != 0;
    let entry_size = if has_checksums { 12 } else { 8 };
    let count = u32::from_le_bytes([a, b, c, d]) as usize;
    if count > MAX_BLOCKS {
        return None;
    }
    let mut table = vec![0; count * entry_size];
    let table_start = footer_start.checked_sub(table.len() as u64)?;
    let frames_end = table_start.checked_sub(FRAME_HEADER)?;
    let mut header = [0; FRAME_HEADER as usize];
    stream.read_exact_at(&mut header, frames_end).ok()?;
    let size = FRAME_HEADER + table.len() as u64 + FOOTER;
    if !header.starts_with(&FRAME_MAGIC) || skippable_size(&header) != Some(size) {
        return None;
    }
    stream.read_exact_at(&mut table, table_start).ok()?;
    let mut index = Index::default();
    let mut start: u64 = 0;
    for entry in table.chunks_exact(entry_size) {
        let mut words = entry
            .chunks_exact(4)
            .map(|word| word.try_into().map_or(0, u32::from_le_bytes));
        let size = words.next()?.into();
        let content = words.next()?.into();
        index.push(start, size, content, words.next().unwrap_or_default())?;
        start = start.checked_add(size)?;
    }
    (start == frames_end).then_some((index, has_checksums))
}

/// Returns the memory in bytes that the decoder takes for the frame that `block` is.
pub(super) fn decoder_memory(stream: &dyn ReadAt, block: &Block) -> Result<u64, Error> {
    let source = BufReader::with_capacity(64, frame(stream, block)?);
    let window = Header::read(&mut Source::new(source))?.window;
    Ok(window.saturating_mul(BUFFERS))
}

/// Returns a reader of the content of `block`, whose window has at most `limits.zstd_window` bytes.
pub(super) fn reader<'a>(
    stream: &'a dyn ReadAt,
    block: &Block,
    limits: Limits,
) -> Result<impl Read + 'a, Error> {
    let source = BufReader::with_capacity(INPUT_BUFFER, frame(stream, block)?);
    crate::reader(Format::Zstd, source, limits)
}

fn frame<'a>(stream: &'a dyn ReadAt, block: &Block) -> io::Result<impl Read + 'a> {
    let frame = Window::new(stream, block.start, block.size.into())?;
    Ok(Cursor::new(frame))
}

/// The checksum in the seek table: the low half of XXH64.
pub(super) fn checksum(content: &[u8]) -> u32 {
    XxHash64::oneshot(0, content) as u32
}

#[cfg(test)]
pub(super) mod tests;
