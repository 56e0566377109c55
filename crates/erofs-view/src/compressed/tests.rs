use file_system::ReadAt;

use super::*;
use crate::test_data::{inode, superblock};

const SIZE: u64 = 3 * 4096 + 100;

/// A header with 32 bits that depend on the advice, the advice, and the numbers of algorithms.
fn header(value: u32, advice: u16, algorithms: u8) -> Vec<u8> {
    let mut bytes = value.to_le_bytes().to_vec();
    bytes.extend_from_slice(&advice.to_le_bytes());
    bytes.extend_from_slice(&[algorithms, 0]);
    bytes
}

fn full(header: Vec<u8>, indexes: &[[u16; 4]]) -> Vec<u8> {
    let mut bytes = header;
    bytes.extend_from_slice(&[0; 8]);
    let fields = indexes.iter().flatten();
    bytes.extend(fields.flat_map(|field| field.to_le_bytes()));
    bytes
}

fn extent(bytes: &[u8], offset: u64) -> Result<Extent, Error> {
    let read: &ReadMetadata<'_> = &|at, part| Ok(bytes.read_exact_at(part, at)?);
    let inode = inode(DataLayout::Full, SIZE, 0);
    Compressed::new(&superblock(), &inode, read)?.extent(&inode, offset, read)
}

fn cluster(start: u64, end: u64, position: u64, size: u32, algorithm: Algorithm) -> Extent {
    Extent {
        start,
        length: end - start,
        storage: Storage::Compressed(Cluster {
            area: Area::Image,
            position,
            size,
            algorithm,
        }),
    }
}

fn raw(start: u64, end: u64, area: Area, position: u64) -> Extent {
    Extent {
        start,
        length: end - start,
        storage: Storage::Raw { area, position },
    }
}

/// The type, the offset in the logical cluster, and two numbers or the block.
const INDEXES: [[u16; 4]; 4] = [[1, 0, 5, 0], [2, 0, 0x802, 1], [3, 10, 7, 0], [0, 20, 8, 0]];

#[test]
fn finds_clusters() {
    let bytes = full(header(0, 2, 0x10), &INDEXES);
    let first = cluster(0, 8202, 5 * 4096, 8192, Algorithm::Lz4);
    for offset in [0, 4095, 4096, 8201] {
        assert_eq!(extent(&bytes, offset).unwrap(), first, "{offset}");
    }
    let second = cluster(8202, 12_308, 7 * 4096, 4096, Algorithm::MicroLzma);
    for offset in [8202, 12_288, 12_307] {
        assert_eq!(extent(&bytes, offset).unwrap(), second, "{offset}");
    }
    let last = raw(12_308, SIZE, Area::Image, 8 * 4096);
    assert_eq!(extent(&bytes, SIZE - 1).unwrap(), last);
}

#[test]
fn interlaced_data_has_two_parts() {
    let mut indexes = INDEXES;
    indexes[2] = [0, 10, 7, 0];
    indexes[3] = [0, 5, 8, 0];
    let bytes = full(header(0, 2 | INTERLACED, 0), &indexes);
    // Bytes 10 to 4095 of the block are the first ones, bytes 0 to 4 the last ones.
    let first = raw(8202, 12_288, Area::Image, 7 * 4096 + 10);
    assert_eq!(extent(&bytes, 8202).unwrap(), first);
    let second = raw(12_288, 12_293, Area::Image, 7 * 4096);
    assert_eq!(extent(&bytes, 12_288).unwrap(), second);
    let last = raw(12_293, SIZE, Area::Image, 8 * 4096 + 5);
    assert_eq!(extent(&bytes, SIZE - 1).unwrap(), last);
}

#[test]
fn the_last_cluster_can_be_behind_the_indexes() {
    let mut indexes = INDEXES;
    for (last, expected) in [
        (1, Some(Algorithm::Lz4)),
        (0, None),
        (3, Some(Algorithm::MicroLzma)),
    ] {
        indexes[3][0] = last;
        let bytes = full(header(90 << 16, 2 | INLINE, 0x10), &indexes);
        let found = extent(&bytes, SIZE - 1).unwrap();
        let mut storage = raw(0, 0, Area::Metabox, bytes.len() as u64).storage;
        if let Some(algorithm) = expected {
            storage = Storage::Compressed(Cluster {
                area: Area::Metabox,
                position: bytes.len() as u64,
                size: 90,
                algorithm,
            });
        }
        assert_eq!((found.start, found.length), (12_308, SIZE - 12_308));
        assert_eq!(found.storage, storage);
        assert_eq!(extent(&bytes, 12_307).unwrap().start, 8202);
    }
    let bytes = full(header(4090 << 16, 2 | INLINE, 0), &indexes);
    let message = extent(&bytes, 0).unwrap_err().to_string();
    assert!(
        message.contains("4090 bytes behind its indexes"),
        "{message}"
    );
}

#[test]
fn the_end_or_all_can_be_a_fragment() {
    let bytes = full(header(77, 2 | FRAGMENT, 0x10), &INDEXES);
    let found = extent(&bytes, 12_308).unwrap();
    let offset = 8 << 32 | 77;
    assert_eq!((found.start, found.length), (12_308, SIZE - 12_308));
    assert_eq!(found.storage, Storage::Fragment { offset });
    assert_eq!(extent(&bytes, 0).unwrap().start, 0);
    let found = extent(&[1, 0, 0, 0, 2, 0, 0, 0x80], 5).unwrap();
    assert_eq!((found.start, found.length), (0, SIZE));
    let offset = 2 << 32 | 1;
    assert_eq!(found.storage, Storage::Fragment { offset });
}

#[test]
fn rejects_wrong_indexes() {
    let change = |number: usize, field: usize, value| {
        let mut indexes = INDEXES;
        indexes[number][field] = value;
        full(header(0, 2, 0x10), &indexes)
    };
    for (bytes, offset, words) in [
        (change(1, 2, 2), 4096, "2 back from logical cluster 1"),
        (change(1, 2, 0), 4096, "0 back from logical cluster 1"),
        (
            change(1, 2, 1),
            0,
            "no number of blocks in logical cluster 1",
        ),
        (change(0, 1, 9), 5, "1 back from logical cluster 0"),
        (full(header(0, 2, 0x30), &INDEXES), 9000, "algorithm 3"),
    ] {
        let message = extent(&bytes, offset).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn compact_indexes_need_the_same_size_of_clusters() {
    let read: &ReadMetadata<'_> = &|at, part| Ok(header(0, 2, 0).read_exact_at(part, at)?);
    let error =
        Compressed::new(&superblock(), &inode(DataLayout::Compact, SIZE, 0), read).unwrap_err();
    assert!(error.to_string().contains("only one algorithm"), "{error}");
}
