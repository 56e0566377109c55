//! Blocks of xz: "The .xz File Format", version 1.2.1.
//!
//! A block is decoded as a stream of its own, of which the decoder verifies the block's header, the sizes in it, and
//! the check.

use std::io::{self, BufReader, Read};

use read_at::{Cursor, ReadAt, Window};

use super::index::{Block, Index};
use super::{INPUT_BUFFER, invalid};
use crate::source::Source;
use crate::xz::{OVERHEAD, XzReader, dictionary_bits_size, lzma2_properties};
use crate::xz_index::{self, crc32};
use crate::{Error, Limits};

/// Returns the index of all streams; `None` if it is invalid or exceeds a limit.
pub(super) fn read_index(stream: &dyn ReadAt) -> Option<Index> {
    let mut index = Index::default();
    for stream in xz_index::read_all(stream)? {
        let flags = u16::from_le_bytes(stream.flags).into();
        let mut start = stream.start;
        for (unpadded, content) in stream.records() {
            index.push(start, unpadded, content, flags)?;
            start = start.checked_add(unpadded.checked_next_multiple_of(4)?)?;
        }
    }
    Some(index)
}

/// The header of a block, in which the dictionary is reduced to the size of the content if it is larger: as a block
/// refers only to its own content, more would be a waste of memory.
pub(super) struct Header {
    bytes: Vec<u8>,
    /// The size in bytes of the dictionary.
    pub(super) dictionary: u64,
}

impl Header {
    /// Reads the header of `block`, which the index states to have `content` bytes of content.
    pub(super) fn read(stream: &dyn ReadAt, block: &Block, content: u64) -> Result<Self, Error> {
        let mut size = [0];
        stream.read_exact_at(&mut size, block.start)?;
        let [size] = size;
        let mut bytes = vec![0; (usize::from(size) + 1) * 4];
        stream.read_exact_at(&mut bytes, block.start)?;
        let Some((fields, crc)) = bytes.split_last_chunk_mut::<4>() else {
            return Err(Error::Truncated);
        };
        if crc32(&[fields]) != *crc {
            return Err(Error::Checksum);
        }
        let behind_size = fields.get_mut(1..).unwrap_or_default();
        let at = lzma2_properties(behind_size);
        let Some(bits @ 0..=40) = at.and_then(|at| behind_size.get_mut(at)) else {
            return Err(invalid("its header lacks a valid size of the dictionary"));
        };
        let mut smaller = 0..*bits;
        *bits = smaller
            .find(|bits| dictionary_bits_size(*bits) >= content)
            .unwrap_or(*bits);
        let dictionary = dictionary_bits_size(*bits);
        *crc = crc32(&[fields]);
        Ok(Header { bytes, dictionary })
    }
}

/// Returns a reader of the content of `block`, whose header was read.
pub(super) fn reader<'a>(
    stream: &'a dyn ReadAt,
    block: &Block,
    header: &Header,
    content: u64,
) -> Result<impl Read + 'a, Error> {
    let header_size = header.bytes.len() as u64;
    let size = u64::from(block.size).next_multiple_of(4);
    let rest = size.checked_sub(header_size);
    let rest = rest.ok_or_else(|| invalid("its header is larger than the block"))?;
    let rest = Cursor::new(Window::new(stream, block.start + header_size, rest)?);
    let [f0, f1, ..] = block.check.to_le_bytes();
    let begin = [&xz_index::header([f0, f1]), &header.bytes[..]].concat();
    let end = end_of_stream([f0, f1], &[(block.size.into(), content)]);
    let source = io::Cursor::new(begin)
        .chain(BufReader::with_capacity(INPUT_BUFFER, rest))
        .chain(io::Cursor::new(end));
    let memory = header.dictionary + OVERHEAD;
    let limits = Limits {
        xz: memory,
        zstd_window: 0,
    };
    XzReader::new(Source::new(source), limits)
}

/// The index and the footer of a stream with blocks of these unpadded sizes and sizes of content (sections 2.1.2
/// and 4).
fn end_of_stream(flags: [u8; 2], records: &[(u64, u64)]) -> Vec<u8> {
    let mut end = vec![0];
    push_number(&mut end, records.len() as u64);
    for (unpadded, content) in records {
        push_number(&mut end, *unpadded);
        push_number(&mut end, *content);
    }
    end.resize(end.len().next_multiple_of(4), 0);
    let crc = crc32(&[&end]);
    end.extend(crc);
    let backward = (end.len() as u32 / 4 - 1).to_le_bytes();
    end.extend(crc32(&[&backward, &flags]));
    end.extend(backward);
    end.extend(flags);
    end.extend(b"YZ");
    end
}

/// Appends a number with 7 bits a byte (section 1.2).
fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[cfg(test)]
pub(super) mod tests;
