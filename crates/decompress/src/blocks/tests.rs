//! Tests of both formats; those of one are in `xz/tests.rs` and `zstd/tests.rs`.

use std::cell::Cell;

use super::xz::tests::{streams, xz};
use super::zstd::tests::seekable;
use super::*;

/// Content whose blocks of 4096 bytes are all different.
pub(super) fn content() -> Vec<u8> {
    (0..25_000_u32)
        .map(|at| (at / 7 + at / 4096) as u8)
        .collect()
}

pub(super) fn open(format: Format, stream: &[u8]) -> Option<Blocks<&[u8]>> {
    Blocks::open(format, stream, Limits::default())
}

/// The whole content, or the error.
pub(super) fn read(blocks: &Blocks<&[u8]>) -> Result<Vec<u8>, String> {
    let mut content = vec![0; blocks.size() as usize];
    let result = blocks.read_exact_at(&mut content, 0);
    result.map(|()| content).map_err(|error| error.to_string())
}

fn all() -> [(Format, Vec<u8>); 4] {
    [
        (Format::Xz, xz(&content(), 4096)),
        (Format::Xz, streams(&content())),
        (Format::Zstd, seekable(&content(), true)),
        (Format::Zstd, seekable(&content(), false)),
    ]
}

#[test]
fn reads_at_any_position() {
    for (format, stream) in all() {
        let blocks = open(format, &stream).unwrap();
        let content = content();
        assert_eq!(blocks.size(), content.len() as u64);
        assert!(read(&blocks).unwrap() == content);
        for (offset, length) in [(0, 1), (4095, 2), (4096, 4096), (24_999, 1), (100, 20_000)] {
            let mut bytes = vec![0; length];
            blocks.read_exact_at(&mut bytes, offset as u64).unwrap();
            assert!(bytes == content[offset..][..length], "{offset}");
        }
        for offset in [24_999, 25_000, u64::MAX - 1] {
            let error = blocks.read_exact_at(&mut [0; 2], offset).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
    }
}

#[test]
fn damaged_streams_never_have_other_content() {
    for (format, stream) in all() {
        for at in
            (0..stream.len()).filter(|at| at % (stream.len() / 40) == 0 || *at > stream.len() - 40)
        {
            let mut damaged = stream.clone();
            damaged[at] ^= 0x21;
            let Some(blocks) = open(format, &damaged) else {
                continue;
            };
            // The frames of zstd here have no checksum, but the table may.
            let is_verified = format == Format::Xz || stream == seekable(&content(), true);
            match read(&blocks) {
                Ok(read) => assert!(!is_verified || read == content(), "{format}, {at}"),
                Err(error) => assert!(error.starts_with(&format!("{format}: block ")), "{error}"),
            }
        }
        for length in (0..stream.len()).step_by(4) {
            let blocks = open(format, &stream[..length]);
            // Behind the last block of a stream, another may follow.
            assert!(blocks.is_none() || format == Format::Xz, "{length}");
        }
    }
}

#[test]
fn errors_name_the_block() {
    for (format, mut stream) in all() {
        let index = open(format, &stream).unwrap().index;
        let block = index.blocks()[1];
        stream[block.start as usize + block.size as usize - 4] ^= 1;
        let blocks = open(format, &stream).unwrap();
        blocks.read_exact_at(&mut [0; 4096], 0).unwrap();
        let error = blocks.read_exact_at(&mut [0], 4096);
        let Err(error) = error else {
            continue; // without a checksum
        };
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let error = error.to_string();
        let expected = format!("{format}: block 1 at {}: ", block.start);
        assert!(
            error.starts_with(&expected) && error.contains("checksum"),
            "{error}"
        );
        // The others can be read.
        blocks.read_exact_at(&mut [0; 10_000], 8192).unwrap();
    }
}

/// Counts the bytes that are read.
struct Counted<'a>(&'a [u8], Cell<usize>);

impl ReadAt for Counted<'_> {
    fn size(&self) -> u64 {
        self.0.size()
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        self.1.set(self.1.get() + bytes.len());
        self.0.read_exact_at(bytes, offset)
    }
}

#[test]
fn decompresses_only_what_is_read_and_keeps_it() {
    for (format, stream) in all() {
        let counted = Counted(&stream, Cell::new(0));
        let blocks = Blocks::open(format, &counted, Limits::default()).unwrap();
        counted.1.set(0);
        blocks.read_exact_at(&mut [0], 9000).unwrap();
        let read = counted.1.take();
        assert!(read > 0 && read < stream.len() / 2, "{format}: {read}");
        blocks.read_exact_at(&mut [0; 4096], 8192).unwrap();
        assert_eq!(counted.1.take(), 0);
    }
}

#[test]
fn memory_is_limited() {
    for (format, stream) in all() {
        let limits = Limits::with_memory;
        assert!(Blocks::open(format, &stream[..], limits(1 << 20)).is_some());
        assert!(Blocks::open(format, &stream[..], limits(6000)).is_none());
    }
}

#[test]
fn other_streams_have_no_index() {
    let one = seekable(b"one block", true);
    for (format, stream) in [
        (Format::Xz, xz(b"one block", 4096)),
        (Format::Xz, xz(b"", 4096)),
        (Format::Xz, vec![0; 100]),
        (Format::Zstd, one),
        (Format::Zstd, vec![0; 100]),
        (Format::Gzip, xz(&content(), 4096)),
    ] {
        assert!(open(format, &stream).is_none(), "{format}");
        assert!(open(format, &[]).is_none());
    }
}
