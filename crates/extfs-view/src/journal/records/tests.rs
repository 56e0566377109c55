use super::*;
use crate::journal::header::tests::header as header_bytes;

fn header(features: u32) -> JournalHeader {
    JournalHeader::parse(&header_bytes(&[(0x28, features)]), 16, 1024).unwrap()
}

/// A record of 64 bytes of transaction 100.
fn record(record_type: u32, rest: &[u8]) -> Vec<u8> {
    let mut bytes = [MAGIC, record_type, 100].map(u32::to_be_bytes).concat();
    bytes.extend(rest);
    bytes.resize(64, 0);
    bytes
}

#[test]
fn recognizes_records_of_the_transaction() {
    for (record_type, expected) in [
        (1, Some(Record::Descriptor)),
        (2, Some(Record::Commit)),
        (5, Some(Record::Revoke)),
        (4, None),
    ] {
        let bytes = record(record_type, &[]);
        let found = Record::parse(&header(0), &bytes, 100).unwrap();
        assert_eq!(found, expected);
        let other = Record::parse(&header(0), &bytes, 101).unwrap();
        assert_eq!(other, None);
    }
    assert_eq!(Record::parse(&header(0), &[0; 64], 0).unwrap(), None);
}

#[test]
fn wrong_checksums_end_the_log() {
    let header = header(CHECKSUM_3);
    for (record_type, offset) in [(1, 60), (2, 16), (5, 60)] {
        let mut bytes = record(record_type, &[]);
        assert_eq!(Record::parse(&header, &bytes, 100).unwrap(), None);
        let sum = header.seed.unwrap().update(&bytes).value();
        bytes[offset..offset + 4].copy_from_slice(&sum.to_be_bytes());
        assert!(Record::parse(&header, &bytes, 100).unwrap().is_some());
    }
}

#[test]
fn reads_the_tags_of_each_version() {
    let uuid = [9; 16];
    let version_3 = |block: u32, flags: u32| {
        let words = [block, flags, 7, 0xabcd_1234];
        words.map(u32::to_be_bytes).concat()
    };
    let older = |block: u32, flags: u32, rest: &[u8]| {
        let words = [block, 0x1234_0000 | flags].map(u32::to_be_bytes);
        [&words.concat(), rest].concat()
    };
    let wide = 7_u32.to_be_bytes();
    let wide_padded = [&wide[..], &[0, 0]].concat();
    for (features, first, second, is_wide, checksum) in [
        (
            CHECKSUM_3 | HAS_64_BIT,
            version_3(5, 1),
            version_3(6, 10),
            true,
            Some(Expected::Whole(0xabcd_1234)),
        ),
        (
            CHECKSUM_3,
            version_3(5, 1),
            version_3(6, 10),
            false,
            Some(Expected::Whole(0xabcd_1234)),
        ),
        (
            CHECKSUM_2 | HAS_64_BIT,
            older(5, 1, &wide_padded),
            older(6, 10, &wide_padded),
            true,
            Some(Expected::Half(0x1234)),
        ),
        (
            CHECKSUM_2,
            older(5, 1, &[0, 0]),
            older(6, 10, &[0, 0]),
            false,
            Some(Expected::Half(0x1234)),
        ),
        (
            HAS_64_BIT,
            older(5, 1, &wide),
            older(6, 10, &wide),
            true,
            None,
        ),
        (0, older(5, 1, &[]), older(6, 10, &[]), false, None),
    ] {
        let bytes = record(1, &[&first[..], &uuid, &second, &[0; 8]].concat());
        let high: u64 = if is_wide { 7 << 32 } else { 0 };
        let tag = |block: u64, is_escaped| Tag {
            block: high | block,
            is_escaped,
            checksum,
        };
        let found = tags(&header(features), &bytes).unwrap();
        assert_eq!(found, [tag(5, true), tag(6, false)], "{features:#x}");
    }
}

#[test]
fn tags_end_with_the_record() {
    let found = tags(&header(0), &record(1, &[])).unwrap();
    // With a UUID behind each.
    assert_eq!(found.len(), 2);
}

#[test]
fn reads_revoked_blocks() {
    let words = |words: &[u32]| -> Vec<u8> {
        let words = words.iter().flat_map(|word| word.to_be_bytes());
        record(5, &words.collect::<Vec<_>>())
    };
    let bytes = words(&[24, 7, 8]);
    assert_eq!(revoked(&header(0), &bytes).unwrap(), [7, 8]);
    let found = revoked(&header(HAS_64_BIT), &bytes).unwrap();
    assert_eq!(found, [0x7_0000_0008]);
    for (features, size) in [(0, 65), (0, u32::MAX), (0, 15), (CHECKSUM_3, 61)] {
        let error = revoked(&header(features), &words(&[size])).unwrap_err();
        assert!(error.to_string().contains("a revoke record"), "{error}");
    }
}
