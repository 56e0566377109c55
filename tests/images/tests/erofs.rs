//! Reads the images that mkfs.erofs made of the standard set of files.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use erofs_view::ErofsView;
use file_system::{FileSystem, FileType, ReadAt};
use images_tests::{Detail, damages, list};
use lzma_rust2::XzReader;

fn seeds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds")
}

fn seed(path: &Path) -> Vec<u8> {
    let mut image = Vec::new();
    let mut reader = XzReader::new(fs::File::open(path).unwrap(), false);
    reader.read_to_end(&mut image).unwrap();
    image
}

#[test]
fn lists_all_files_of_each_seed() {
    let expected = fs::read_to_string(seeds().join("tree.list")).unwrap();
    let expected: Vec<&str> = expected.lines().collect();
    let mut count = 0;
    for entry in fs::read_dir(seeds().join("erofs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "xz") {
            let view = ErofsView::new(seed(&path)).unwrap();
            let found = list(&view, Detail::Attributes)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            for (found, expected) in found.iter().zip(&expected) {
                assert_eq!(found, expected, "{}", path.display());
            }
            assert_eq!(found.len(), expected.len(), "{}", path.display());
            count += 1;
        }
    }
    assert!(count > 20, "{count} seeds");
}

/// Reads as much as is possible without reading long, whatever errors there are. Returns the number of files.
fn read_some(fs: &dyn FileSystem, directory: &Path, depth: usize) -> usize {
    let entries = fs.read_dir(directory).unwrap_or_default();
    let mut count = 0;
    for entry in entries.iter().rev().take(14) {
        let path = directory.join(&entry.name);
        let _ = (
            fs.metadata(&path),
            fs.attributes(&path),
            fs.read_link(&path),
        );
        if let Ok(file) = fs.open(&path) {
            let mut bytes = vec![0; 100];
            for offset in [0, file.size().saturating_sub(100)] {
                let _ = file.read_up_to_at(&mut bytes, offset);
            }
        }
        count += 1;
        if entry.file_type == FileType::Directory && depth < 4 {
            count += read_some(fs, &path, depth + 1);
        }
    }
    count
}

#[test]
fn survives_damaged_images() {
    // The different forms of metadata, and how many bytes are between damages.
    for (name, step) in [
        ("chunk-indexes", 99_989),
        ("dedupe-fragments", 26_981),
        ("lz4-full", 49_999),
        ("lz4-tail", 39_989),
        ("metabox", 39_989),
        ("prefixes", 39_989),
        ("records-fragments", 26_981),
    ] {
        let image = seed(&seeds().join("erofs").join(name).with_extension("xz"));
        let intact = ErofsView::new(&image).unwrap();
        assert!(read_some(&intact, Path::new(""), 0) > 20, "{name}");
        for damaged in damages(&image, step) {
            if let Ok(view) = ErofsView::new(damaged) {
                read_some(&view, Path::new(""), 0);
            }
        }
    }
}
