//! Tests of squashfs-view against images that mksquashfs made: seeds/squashfs/make.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::io::Read;

use images_tests::{Detail, Faulty, damages, list};
use lzma_rust2::XzReader;
use squashfs_view::SquashfsView;

const LISTING: &str = include_str!("../seeds/tree.list");

/// The seeds with their names.
macro_rules! seeds {
    ($($name:literal)*) => {
        [$(($name, include_bytes!(concat!("../seeds/squashfs/", $name)).as_slice())),*]
    };
}

const SEEDS: [(&str, &[u8]); 13] = seeds![
    "1m.squashfs"
    "4k.squashfs"
    "fragments.squashfs"
    "gzip-options.squashfs.xz"
    "gzip.squashfs.xz"
    "lz4.squashfs.xz"
    "lzo.squashfs.xz"
    "no-fragments.squashfs"
    "stored-metadata.squashfs"
    "stored.squashfs.xz"
    "xz.squashfs"
    "zstd-4k.squashfs.xz"
    "zstd.squashfs"
];

fn images() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    SEEDS.iter().map(|(name, seed)| {
        let mut image = seed.to_vec();
        if name.ends_with(".xz") {
            image.clear();
            let mut reader = XzReader::new(*seed, false);
            reader.read_to_end(&mut image).unwrap();
        }
        (*name, image)
    })
}

fn lists(name: &str, image: &Faulty<'_>) -> bool {
    let describe = |_| {
        panic!(
            "{name}: {} bytes at {}",
            image.bytes.as_ref().map_or(0, Vec::len),
            image.start
        )
    };
    let listing = std::panic::catch_unwind(|| {
        let fs = SquashfsView::new(image)?;
        list(&fs, Detail::Attributes)
    });
    listing.unwrap_or_else(describe).is_ok()
}

#[test]
fn lists_the_files_of_every_seed() {
    for (name, image) in images() {
        let lines = list(&SquashfsView::new(image).unwrap(), Detail::Attributes).unwrap();
        for (found, expected) in lines.iter().zip(LISTING.lines()) {
            assert_eq!(found, expected, "{name}");
        }
        assert_eq!(lines.len(), LISTING.lines().count(), "{name}");
    }
}

/// The superblock and the tables, in which most damages are noticed, each byte; data here and there.
#[test]
fn damaged_images_are_errors_or_other_files() {
    let step: usize = std::env::var("STEP").unwrap().parse().unwrap();
    for (name, image) in images() {
        let mut counts = [0; 2];
        let begin = std::time::Instant::now();
        for damage in damages(&image, step) {
            counts[usize::from(lists(name, &damage))] += 1;
        }
        eprintln!("{name} {} {counts:?} {:?}", image.len(), begin.elapsed());
    }
}
