use file_system::ReadAt;

use super::*;
use crate::test_data::{inode, superblock};

/// A file whose inode ends at byte 96.
fn flat(layout: DataLayout, size: u64, start: Option<u64>) -> (Inode, Result<Flat, Error>) {
    let mut inode = inode(layout, size, 96);
    inode.start = start;
    let flat = Flat::new(&superblock(), &inode);
    (inode, flat)
}

fn raw(area: Area, position: u64) -> Storage {
    Storage::Raw { area, position }
}

#[test]
fn the_rest_is_behind_the_inode() {
    for (size, blocks, rest) in [(8192 + 10, 8192, 10), (10, 0, 10), (4097, 4096, 1)] {
        let (inode, flat) = flat(DataLayout::Inline, size, Some(5));
        let flat = flat.unwrap();
        let expected = Extent {
            start: blocks,
            length: rest,
            storage: raw(Area::Metabox, 96),
        };
        assert_eq!(flat.extent(&inode, size - 1).unwrap(), expected);
        if blocks > 0 {
            let expected = Extent {
                start: 0,
                length: blocks,
                storage: raw(Area::Image, 5 * 4096),
            };
            assert_eq!(flat.extent(&inode, blocks - 1).unwrap(), expected);
        }
    }
}

#[test]
fn a_file_can_be_a_hole() {
    let (inode, flat) = flat(DataLayout::Plain, 1 << 40, None);
    let flat = flat.unwrap();
    let extent = flat.extent(&inode, 1 << 39).unwrap();
    assert_eq!((extent.length, extent.storage), (1 << 40, Storage::Hole));
}

#[test]
fn rejects_a_rest_that_crosses_the_end_of_a_block() {
    for (size, is_valid) in [(4000, true), (4001, false), (4096, false), (4097, true)] {
        let (_, flat) = flat(DataLayout::Inline, size, Some(5));
        assert_eq!(flat.is_ok(), is_valid, "{size}");
    }
    assert!(flat(DataLayout::Plain, 1, Some(1 << 60)).1.is_err());
}

fn chunk(format: u16, array: &[u8], offset: u64) -> Result<Extent, Error> {
    let mut inode = inode(DataLayout::Chunks, 1 << 20, 4);
    inode.chunk_format = format;
    let chunks = Chunks::new(&superblock(), &inode)?;
    chunks.extent(offset, &|at, bytes| Ok(array.read_exact_at(bytes, at)?))
}

#[test]
fn finds_chunks() {
    let mut array = vec![0; 8];
    array.extend_from_slice(&[1, 0, 7, 7, 3, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255]);
    for (format, offset, start, length, storage) in [
        // Numbers of blocks begin directly behind the inode, indexes at a multiple of 8.
        (0, 8191, 4096, 4096, raw(Area::Image, 0x0707_0001 * 4096)),
        (0, 4 * 4096, 4 * 4096, 4096, Storage::Hole),
        (1, 2 * 8192, 2 * 8192, 8192, raw(Area::Image, 3 * 4096)),
        (0x21, 8191, 0, 8192, raw(Area::Image, 3 * 4096)),
        (0x60, 0, 0, 4096, raw(Area::Image, 0x1_0000_0003 * 4096)),
        (0x20, 4096, 4096, 4096, Storage::Hole),
        (0x60, 4096, 4096, 4096, raw(Area::Image, 0xffff_ffff * 4096)),
    ] {
        let expected = Extent {
            start,
            length,
            storage,
        };
        let found = chunk(format, &array, offset).unwrap();
        assert_eq!(found, expected, "{format:#x} {offset}");
    }
}

#[test]
fn rejects_unknown_formats_and_missing_chunks() {
    let message = chunk(0x80, &[0; 8], 0).unwrap_err().to_string();
    assert!(message.contains("chunk format 0x80"), "{message}");
    assert!(chunk(0, &[0; 8], 4096).is_err());
    assert!(chunk(0x3f, &[0; 16], u64::MAX).is_err());
}
