//! ext2, ext3 and ext4 images that mke2fs made.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use file_system::{Error, FileSystem, FileType, ReadAt, read, walk};
use images_tests::{Detail, damages, list};
use lzma_rust2::XzReader;
use root_files::Ext4;

const IMAGES: [(&str, &[u8]); 7] = [
    ("ext2", include_bytes!("../seeds/ext4/ext2.xz")),
    ("ext3", include_bytes!("../seeds/ext4/ext3.xz")),
    ("ext4-1k", include_bytes!("../seeds/ext4/ext4-1k.xz")),
    ("ext4-4k", include_bytes!("../seeds/ext4/ext4-4k.xz")),
    ("no-extents", include_bytes!("../seeds/ext4/no-extents.xz")),
    (
        "inline-data",
        include_bytes!("../seeds/ext4/inline-data.xz"),
    ),
    ("journal", include_bytes!("../seeds/ext4/journal.xz")),
];
const TREE: &str = include_str!("../seeds/tree.list");

fn decompress(name: &str) -> Vec<u8> {
    let (_, compressed) = IMAGES.iter().find(|image| image.0 == name).unwrap();
    let mut image = Vec::new();
    XzReader::new(*compressed, false)
        .read_to_end(&mut image)
        .unwrap();
    image
}

fn open(name: &str) -> Ext4 {
    Ext4::new(Arc::new(decompress(name))).unwrap()
}

/// The tree as mke2fs stores it and ext4-view reads it: with `lost+found`, but without the numbers of
/// devices, and without the upper bits of the one time beyond 32 bits, which `make` replaces.
fn expected() -> Vec<String> {
    let mut lines: Vec<String> = TREE
        .lines()
        .map(|line| line.replace("@4294967000", "@1700000000"))
        .map(|line| line.replace("@1700000000 5:1", "@1700000000 0:0"))
        .map(|line| line.replace("@1700000000 259:70000", "@1700000000 0:0"))
        .map(|line| match line.split_once(" security.") {
            Some((line, _)) => line.to_owned(),
            None => line,
        })
        .map(|line| match line.split_once(" user.") {
            Some((line, _)) => line.to_owned(),
            None => line,
        })
        .map(|line| line.replace(" trusted.overlay.opaque=79", ""))
        .chain(["d lost+found 0700 0:0 @1700000000".to_owned()])
        .collect();
    lines.sort_by_key(|line| line[2..].to_owned());
    lines
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort_by_key(|line| line[2..].to_owned());
    lines
}

#[test]
fn lists_the_files_of_the_tree() {
    for name in ["ext4-1k", "ext4-4k"] {
        let lines = list(&open(name), Detail::Metadata).unwrap();
        assert_eq!(sorted(lines), expected(), "{name}");
    }
}

/// ext4-view 1.0.0 does not read files with holes that have no extents.
#[test]
fn lists_files_without_extents() {
    for name in ["ext2", "ext3", "no-extents"] {
        let view = open(name);
        for line in expected() {
            let Some(path) = line.strip_prefix("- ") else {
                continue;
            };
            let (path, _) = path.split_once(" @").unwrap();
            let path = path.rsplitn(3, ' ').nth(2).unwrap();
            let content = read(&view, Path::new(path), 1 << 20);
            let has_holes = matches!(path, "holes" | "zeros");
            assert!(content.is_ok() || has_holes, "{name}: {path}");
            let size = content.map_or(0, |content| content.len());
            assert!(line.contains(&format!(" {size} ")) || has_holes, "{line}");
        }
    }
}

#[test]
fn replays_the_journal() {
    let view = open("journal");
    let content = read(&view, Path::new("random"), 10_000).unwrap();
    assert_eq!(content.len(), 9600);
    assert!(content.starts_with(b"journal\njournal\n"));
    assert!(content[..4096].ends_with(b"journal\n"));
    let lines = sorted(list(&view, Detail::Metadata).unwrap());
    let differing = lines
        .iter()
        .zip(expected())
        .filter(|(one, other)| *one != other);
    assert_eq!(differing.count(), 1);
}

#[test]
fn names_unsupported_features() {
    let error = Ext4::new(Arc::new(decompress("inline-data"))).unwrap_err();
    assert!(matches!(error, Error::Unsupported(_)), "{error}");
    assert!(error.to_string().contains("DATA_IN_INODE"), "{error}");
    let error = open("ext4-1k").attributes(Path::new("dir")).unwrap_err();
    assert!(matches!(error, Error::Unsupported(_)), "{error}");
}

#[test]
fn reads_at_any_position_without_following_links() {
    let view = open("ext4-4k");
    let whole = read(&view, Path::new("large"), 1 << 20).unwrap();
    let file = view.open(Path::new("large")).unwrap();
    for offset in [119_000, 5000, 0, 1000, 60_000] {
        let mut bytes = [0; 1000];
        file.read_exact_at(&mut bytes, offset).unwrap();
        assert!(bytes == whole[offset as usize..][..1000]);
    }
    assert!(file.read_exact_at(&mut [0; 2], 120_005).is_err());
    let error = view.open(Path::new("link")).err().unwrap();
    assert!(matches!(error, Error::WrongType { .. }), "{error}");
    for path in ["link/x", "large/x", "nothing", "nothing/x"] {
        let error = view.metadata(Path::new(path)).unwrap_err();
        assert!(matches!(error, Error::NotFound(_)), "{error}");
    }
    let error = view.read_dir(Path::new("large")).unwrap_err();
    assert!(matches!(error, Error::NotADirectory(_)), "{error}");
}

/// Visits every file, and reads both ends of each regular one.
fn visit(image: Vec<u8>) -> Result<(), Error> {
    let view = Ext4::new(Arc::new(image))?;
    walk(&view, Path::new(""), &mut |path, entry| {
        let size = view.metadata(path)?.size;
        match entry.file_type {
            FileType::Regular if size > 0 => {
                let file = view.open(path)?;
                let _ = file.read_exact_at(&mut [0], 0);
                file.read_exact_at(&mut [0], size - 1)?;
            }
            FileType::Symlink => drop(view.read_link(path)?),
            _ => {}
        }
        Ok(())
    })
}

/// Without checksums of the metadata, which would reject all of the damages, so ext2.
#[test]
fn damaged_images_return() {
    let image = decompress("ext2");
    // The superblock, the descriptors of groups, inodes, the root directory, and the hashed directory
    // dir/many.
    let structures = [
        (1024, 0x180, 20),
        (2 << 10, 64, 16),
        (16 << 10, 4096, 516),
        (116 << 10, 1024, 260),
        (291 << 10, 128, 36),
    ];
    let mut failures = 0;
    for (start, length, step) in structures {
        for damage in damages(&image[start..start + length], step) {
            let mut damaged = image.clone();
            match damage.bytes {
                None => damaged.truncate(start + damage.start),
                Some(bytes) => {
                    let start = start + damage.start;
                    damaged[start..start + bytes.len()].copy_from_slice(&bytes);
                }
            }
            failures += u32::from(visit(damaged).is_err());
        }
    }
    assert!(failures > 100, "{failures}");
}

/// ext4-view 1.0.0 panics there, when it calculates the checksum.
#[test]
fn damaged_number_of_hashes_is_an_error() {
    let mut image = decompress("ext4-1k");
    // The root of the hashes of dir/many: their limit and number follow.
    let root = [0, 0, 0, 0, 1, 8, 0, 0, 123, 0, 13, 0];
    let start = image.windows(root.len()).position(|part| part == root);
    image[start.unwrap() + 10..][..2].fill(0xff);
    let error = visit(image).unwrap_err();
    assert!(matches!(error, Error::Corrupt(_)), "{error}");
    assert!(error.to_string().contains("ext4-view failed"), "{error}");
}
