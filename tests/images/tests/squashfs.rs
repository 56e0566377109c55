//! Tests of squashfs-view against images that mksquashfs made: seeds/squashfs/make.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::io::Read;
use std::panic::{UnwindSafe, catch_unwind};
use std::path::Path;

use file_system::{Error, FileSystem, FileType, walk};
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

/// Returns whether `read` succeeds; panics with the damage if it panics.
fn is_readable(
    name: &str,
    image: &Faulty<'_>,
    read: impl FnOnce(&dyn FileSystem) -> Result<(), Error> + UnwindSafe,
) -> bool {
    let result = catch_unwind(|| read(&SquashfsView::new(image)?));
    let bytes = image.bytes.as_deref();
    let result = result.unwrap_or_else(|_| panic!("{name}: {bytes:x?} at {}", image.start));
    result.is_ok()
}

/// Reads everything but the content of files, of which only the last byte.
fn visit(fs: &dyn FileSystem) -> Result<(), Error> {
    walk(fs, Path::new(""), &mut |path, entry| {
        let size = fs.metadata(path)?.size;
        fs.attributes(path)?;
        match entry.file_type {
            FileType::Symlink => drop(fs.read_link(path)?),
            FileType::Regular => {
                let last = size.saturating_sub(1);
                fs.open(path)?.read_up_to_at(&mut [0], last)?;
            }
            _ => {}
        }
        Ok(())
    })
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

/// The distance in bytes of damages to metadata. Smaller ones take minutes.
const STEP: usize = 4999;

/// Damages of the superblock and the tables, which in some seeds are not compressed.
#[test]
fn damaged_metadata_is_an_error_or_other_metadata() {
    let mut readable = [0; 2];
    for (name, image) in images() {
        let tables = u64::from_le_bytes(image[64..72].try_into().unwrap()) as usize;
        let is_metadata = |start: usize| start < 96 || start >= tables;
        for damage in damages(&image, STEP).filter(|damage| is_metadata(damage.start)) {
            readable[usize::from(is_readable(name, &damage, visit))] += 1;
        }
    }
    assert!(readable[0] > readable[1], "{readable:?}");
}

/// Damages of data in the middle of an image, for each compression.
#[test]
fn damaged_data_is_an_error_or_other_data() {
    for (name, image) in images() {
        if !["gzip", "lz4", "lzo", "xz", "zstd"].contains(&name.split('.').next().unwrap()) {
            continue;
        }
        let list = |fs: &dyn FileSystem| list(fs, Detail::Attributes).map(drop);
        for damage in damages(&image, image.len() / 2 - 5000).filter(|damage| damage.start > 0) {
            is_readable(name, &damage, list);
        }
    }
}
