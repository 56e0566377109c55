//! Reads the images that mkfs.erofs made of the standard set of files: seeds/erofs/make.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::io::Read;
use std::path::Path;

use erofs_view::ErofsView;
use images_tests::{Detail, damages, list, read_some};
use lzma_rust2::XzReader;

const LISTING: &str = include_str!("../seeds/tree.list");

/// The seeds with their names.
macro_rules! seeds {
    ($($name:literal)*) => {
        [$(($name, include_bytes!(concat!("../seeds/erofs/", $name, ".xz")).as_slice())),*]
    };
}

const SEEDS: [(&str, &[u8]); 31] = seeds![
    "all-fragments"
    "block-1024"
    "block-512"
    "chunk-indexes"
    "chunks"
    "compressed-directories"
    "dedupe"
    "dedupe-fragments"
    "deflate"
    "extended"
    "fragments"
    "fragments-tail"
    "inline"
    "lz4"
    "lz4-big"
    "lz4-full"
    "lz4-full-big"
    "lz4-tail"
    "lzma"
    "metabox"
    "metabox-zstd"
    "plain"
    "prefixes"
    "prefixes-plain"
    "records"
    "records-fragments"
    "records-lzma"
    "shared-attributes"
    "wide"
    "wide-chunks"
    "zstd"
];

fn decompress(seed: &[u8]) -> Vec<u8> {
    let mut image = Vec::new();
    XzReader::new(seed, false).read_to_end(&mut image).unwrap();
    image
}

#[test]
fn lists_all_files_of_each_seed() {
    for (name, seed) in SEEDS {
        let view = ErofsView::new(decompress(seed)).unwrap();
        let lines = list(&view, Detail::Attributes);
        let lines = lines.unwrap_or_else(|error| panic!("{name}: {error}"));
        for (found, expected) in lines.iter().zip(LISTING.lines()) {
            assert_eq!(found, expected, "{name}");
        }
        assert_eq!(lines.len(), LISTING.lines().count(), "{name}");
    }
}

#[test]
fn survives_damaged_images() {
    // The different forms of metadata, and how many bytes are between damages.
    for (name, step) in [
        ("chunk-indexes", 99_989),
        ("dedupe-fragments", 26_981),
        ("lz4-full-big", 49_999),
        ("lz4-tail", 39_989),
        ("metabox", 39_989),
        ("prefixes", 39_989),
        ("records-fragments", 26_981),
    ] {
        let seed = SEEDS.iter().find(|seed| seed.0 == name).unwrap();
        let image = decompress(seed.1);
        let intact = ErofsView::new(&image).unwrap();
        assert!(read_some(&intact, Path::new(""), 0) > 20, "{name}");
        for damaged in damages(&image, step) {
            if let Ok(view) = ErofsView::new(damaged) {
                read_some(&view, Path::new(""), 0);
            }
        }
    }
}
