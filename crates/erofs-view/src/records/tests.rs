use file_system::ReadAt;

use super::*;
use crate::decode::Algorithm;
use crate::extent::Cluster;
use crate::inode::DataLayout;
use crate::test_data::inode;

fn header(fragment: Option<u32>) -> Header {
    Header {
        position: 0,
        area: Area::Image,
        cluster_bits: 13,
        block_size: 4096,
        has_big_clusters: [false; 2],
        has_large_packs: false,
        is_interlaced: false,
        inline_size: None,
        fragment,
        algorithms: [0; 2],
        available: 0xf,
    }
}

/// Records with the 32-bit numbers `fields`, from the first position on.
fn records(size: u64, fields: &[u32], fragment: Option<u32>) -> (Records, Vec<u8>) {
    let start = HEADER_SIZE.next_multiple_of(size) as usize;
    let mut bytes = vec![0; start];
    bytes.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
    let count = fields.len() as u64 * 4 / size;
    (Records::new(header(fragment), size, count).unwrap(), bytes)
}

fn extent((records, bytes): &(Records, Vec<u8>), size: u64, offset: u64) -> Result<Extent, Error> {
    records.extent(&inode(DataLayout::Full, size, 0), offset, &|at, part| {
        Ok(bytes.read_exact_at(part, at)?)
    })
}

fn compressed(start: u64, length: u64, position: u64, size: u32) -> Extent {
    Extent {
        start,
        length,
        storage: Storage::Compressed(Cluster {
            area: Area::Image,
            position,
            size,
            algorithm: Algorithm::Zstd,
        }),
    }
}

const ZSTD: u32 = 4 << ALGORITHM_SHIFT;

#[test]
fn sums_sizes() {
    let records = records(ONLY_SIZE, &[1000, 0, ZSTD | 10, ZSTD | 20, ZSTD | 30], None);
    for offset in [20_000, 8192, 0, 19_999] {
        let expected = match offset >> 13 {
            0 => compressed(0, 8192, 1000, 10),
            1 => compressed(8192, 8192, 1010, 20),
            _ => compressed(16_384, 20_001 - 16_384, 1030, 30),
        };
        assert_eq!(extent(&records, 20_001, offset).unwrap(), expected);
    }
    assert!(extent(&records, 1 << 20, 100_000).is_err());
    let error = extent(&records, 1 << 50, 1 << 49).unwrap_err();
    assert!(matches!(error, Error::TooLarge(_)), "{error}");
}

#[test]
fn reads_positions() {
    let fields = [ZSTD | 10, 500, 8192, 700, 0, 0];
    let records = records(WITH_POSITION, &fields, None);
    let first = extent(&records, 20_000, 1).unwrap();
    assert_eq!(first, compressed(0, 8192, 500, 10));
    let second = extent(&records, 20_000, 8192).unwrap();
    let area = Area::Image;
    assert_eq!(
        second.storage,
        Storage::Raw {
            area,
            position: 700
        }
    );
    assert_eq!(
        extent(&records, 20_000, 16_384).unwrap().storage,
        Storage::Hole
    );
}

#[test]
fn searches_for_offsets() {
    let fields = [
        [ZSTD | 10, 500, 1, 0],
        [ZSTD | 20, 600, 0, 100],
        [7, 8, 0, 5000],
    ];
    for (fragment, last) in [(None, None), (Some(0), Some(8 << 32 | 7))] {
        let records = records(WITH_OFFSET, &fields.concat(), fragment);
        let first = extent(&records, 5007, 99).unwrap();
        assert_eq!(first, compressed(0, 100, 1 << 32 | 500, 10));
        for offset in [100, 4999] {
            let second = extent(&records, 5007, offset).unwrap();
            assert_eq!(second, compressed(100, 4900, 600, 20));
        }
        let third = extent(&records, 5007, 5000).unwrap();
        let expected = match last {
            Some(offset) => Storage::Fragment { offset },
            None => Storage::Raw {
                area: Area::Image,
                position: 8,
            },
        };
        assert_eq!((third.length, third.storage), (7, expected));
    }
}

#[test]
fn long_records_have_long_offsets() {
    let zero = [0; 3];
    let first = [&[ZSTD | 10, 500, 0, 0, 0][..], &zero].concat();
    let second = [&[ZSTD | 20, 600, 0, 5, 1][..], &zero].concat();
    let fields = [first, second].concat();
    let mut records = records(WITH_LONG_OFFSET, &fields, None);
    let size = (1 << 32) + 10;
    let second = extent(&records, size, size - 1).unwrap();
    assert_eq!(second, compressed((1 << 32) + 5, 5, 600, 20));
    let message = extent(&records, size, 1).unwrap_err().to_string();
    assert!(message.contains("more than 12582912"), "{message}");
    records.0.count = 0;
    assert!(extent(&records, size, 1).is_err());
}

#[test]
fn rejects_sizes_beyond_the_limits() {
    for (size, words) in [
        (ZSTD | 0x10_0001, "more than 12582912 or 1048576"),
        (5 << ALGORITHM_SHIFT | 1, "algorithm 4, not declared"),
        (100, "bytes that are not compressed in 100 bytes"),
    ] {
        let records = records(WITH_POSITION, &[size, 0], None);
        let message = extent(&records, 8192, 0).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }
}
