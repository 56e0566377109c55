//! The size of the content, as a stream states it.

use std::io::BufReader;

use read_at::{Cursor, ReadAt};

use crate::Format;
use crate::source::Source;
use crate::xz_index::{self, StreamIndex};
use crate::zstd::Header;

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

/// Adds up all streams.
fn xz_size(stream: &dyn ReadAt) -> Option<u64> {
    let indices = xz_index::read_all(stream)?;
    let mut records = indices.iter().flat_map(StreamIndex::records);
    records.try_fold(0_u64, |total, (_, content)| total.checked_add(content))
}
