//! The size of the content, as a stream states it.

use std::io::{BufReader, Read};

use read_at::{Cursor, ReadAt, Window};

use crate::Format;
use crate::source::Source;
use crate::xz::number;
use crate::zstd::Header;

/// The size in bytes of the header and of the footer of an xz stream.
const XZ_EDGE: u64 = 12;
/// The maximum size in bytes of an xz index that is read: that of a stream with about 500,000 blocks.
const MAX_XZ_INDEX: u64 = 4 << 20;
/// The maximum number of xz streams that are followed.
const MAX_XZ_STREAMS: usize = 1000;

/// Returns the size in bytes of the decompressed content of `stream`, as a hint for progress; `None` if the
/// stream does not state it. It is unverified, and for zstd and lz4 that of the first frame, which is
/// usually the only one.
pub fn content_size(format: Format, stream: &dyn ReadAt) -> Option<u64> {
    match format {
        Format::Xz => xz_size(stream),
        Format::Zstd => {
            let source = BufReader::with_capacity(64, Cursor::new(stream));
            Header::read(&mut Source::new(source)).ok()?.content_size
        }
        Format::Lz4 => lz4_size(stream),
        Format::Gzip | Format::Lz4Legacy | Format::Bzip2 => None,
    }
}

/// `doc/lz4_Frame_format.md` in lz4's repository: magic number, flags, block descriptor, content size.
fn lz4_size(stream: &dyn ReadAt) -> Option<u64> {
    const HAS_CONTENT_SIZE: u8 = 1 << 3;
    let mut header = [0; 14];
    stream.read_exact_at(&mut header, 0).ok()?;
    let [_, _, _, _, flags, _, size @ ..] = header;
    (flags & HAS_CONTENT_SIZE != 0).then(|| u64::from_le_bytes(size))
}

/// Adds up the streams from the last to the first, each by its footer and index: "The .xz File Format",
/// sections 2.1.2 and 4.
fn xz_size(stream: &dyn ReadAt) -> Option<u64> {
    let mut end = stream.size();
    let mut total: u64 = 0;
    for _ in 0..MAX_XZ_STREAMS {
        let mut footer = [0; XZ_EDGE as usize];
        let footer_start = end.checked_sub(XZ_EDGE)?;
        stream.read_exact_at(&mut footer, footer_start).ok()?;
        if footer.ends_with(&[0; 4]) {
            end = end.checked_sub(4)?;
            continue;
        }
        let [_, _, _, _, a, b, c, d, _, _, b'Y', b'Z'] = footer else {
            return None;
        };
        let index_size = (u64::from(u32::from_le_bytes([a, b, c, d])) + 1) * 4;
        let index_start = footer_start.checked_sub(index_size)?;
        if index_size > MAX_XZ_INDEX {
            return None;
        }
        let (blocks, content) = read_xz_index(stream, index_start, index_size)?;
        total = total.checked_add(content)?;
        end = index_start.checked_sub(blocks)?.checked_sub(XZ_EDGE)?;
        if end == 0 {
            return Some(total);
        }
    }
    None
}

/// Returns the sizes in bytes of all blocks of a stream, compressed and decompressed.
fn read_xz_index(stream: &dyn ReadAt, start: u64, size: u64) -> Option<(u64, u64)> {
    let mut index = Vec::new();
    let mut reader = Cursor::new(Window::new(stream, start, size).ok()?);
    reader.read_to_end(&mut index).ok()?;
    let (0, mut rest) = index.split_first()? else {
        return None;
    };
    let mut sizes = (0_u64, 0_u64);
    for _ in 0..number(&mut rest)? {
        let block = number(&mut rest)?.checked_next_multiple_of(4)?;
        sizes.0 = sizes.0.checked_add(block)?;
        sizes.1 = sizes.1.checked_add(number(&mut rest)?)?;
    }
    Some(sizes)
}
