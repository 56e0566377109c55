use std::io::Write;
use std::num::NonZeroU64;

use lzma_rust2::{CheckType, XzOptions, XzWriter};

use super::super::tests::{content, open, read};
use super::*;
use crate::Format;

fn compress(content: &[u8], options: XzOptions) -> Vec<u8> {
    let mut encoder = XzWriter::new(Vec::new(), options).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// One stream with blocks of `size` bytes.
pub(in super::super) fn xz(content: &[u8], size: u32) -> Vec<u8> {
    let mut options = XzOptions::with_preset(0);
    options.lzma_options.dict_size = size;
    options.set_block_size(NonZeroU64::new(size.into()));
    compress(content, options)
}

/// Streams with one block each, and with all types of checks, among them empty ones and padding. The dictionary is
/// larger than the blocks.
pub(in super::super) fn streams(content: &[u8]) -> Vec<u8> {
    let checks = [CheckType::Sha256, CheckType::Crc64, CheckType::Crc32];
    let empty = compress(b"", XzOptions::with_preset(0));
    let mut all = empty.clone();
    for (part, check) in content.chunks(4096).zip(checks.iter().cycle()) {
        let mut options = XzOptions::with_preset(0);
        options.set_check_sum_type(*check);
        all.extend(compress(part, options));
        all.extend([0; 8]);
    }
    all.extend(empty);
    all
}

/// The blocks of `stream`, which has one stream without padding, with another index.
fn with_records(stream: &[u8], records: &[(u64, u64)]) -> Vec<u8> {
    let indices = xz_index::read_all(&stream).unwrap();
    let blocks: u64 = indices[0]
        .records()
        .map(|(size, _)| size.next_multiple_of(4))
        .sum();
    let mut stream = stream[..12 + blocks as usize].to_vec();
    stream.extend(end_of_stream(indices[0].flags, records));
    stream
}

#[test]
fn indices_that_do_not_match_are_errors() {
    let stream = xz(&content()[..8000], 4096);
    let records: Vec<_> = xz_index::read_all(&stream).unwrap()[0].records().collect();
    let (first, second) = (records[0], records[1]);
    assert_eq!(with_records(&stream, &records), stream);
    for records in [
        [(first.0, 4095), second],
        [(first.0, 4097), second],
        [(first.0 - 4, 4096), (second.0 + 4, 4096)],
        [(first.0 + 4, 4096), (second.0 - 4, 4096)],
        [second, first],
    ] {
        let stream = with_records(&stream, &records);
        let result = read(&open(Format::Xz, &stream).unwrap());
        let error = result.map(|_| records).unwrap_err();
        assert!(error.starts_with("xz: block 0 at 12: "), "{error}");
    }
}

#[test]
fn indices_beyond_the_limits_are_not_used() {
    let stream = xz(&content()[..8000], 4096);
    let records: Vec<_> = xz_index::read_all(&stream).unwrap()[0].records().collect();
    let (first, second) = (records[0], records[1]);
    let max = (1 << 63) - 1;
    for records in [
        vec![(first.0, 25 << 20), second],
        vec![(first.0, max), second],
        vec![(first.0, max), (second.0, max), (0, max)],
        vec![(max, 4096), second],
        vec![(max, 4096), (max, 4096), (max, 4096)],
        vec![(first.0, 4096)],
        vec![first, second, second],
        // All of the stream in one block, whose content is small.
        vec![(first.0.next_multiple_of(4) + second.0, 0), (0, 1)],
        [vec![first, second], vec![(0, 1); 1 << 18]].concat(),
        [vec![first, second], vec![(0, 0); 1 << 23]].concat(),
    ] {
        let stream = with_records(&stream, &records);
        assert!(open(Format::Xz, &stream).is_none());
    }
    let many = stream.repeat(1001);
    assert!(open(Format::Xz, &many).is_none());
    assert!(open(Format::Xz, &many[stream.len()..]).is_some());
}

#[test]
fn dictionaries_are_not_larger_than_the_content() {
    let stream = compress(&content(), XzOptions::with_preset(0));
    let index = read_index(&stream).unwrap();
    for (content, expected) in [
        (1, 4096),
        (4097, 6144),
        (25_000, 32_768),
        (1 << 30, 256 << 10),
    ] {
        let header = Header::read(&stream, &index.blocks()[0], content).unwrap();
        assert_eq!(header.dictionary, expected);
    }
}
