//! FAT images that dosfstools and mtools made.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::io::Read;
use std::path::Path;

use fat_view::FatView;
use file_system::{Error, FileSystem, FileType, ReadAt, walk};
use images_tests::{Detail, damages, list};
use lzma_rust2::XzReader;

const IMAGES: [(&str, &[u8]); 4] = [
    ("fat12", include_bytes!("../seeds/fat/fat12.xz")),
    ("fat16", include_bytes!("../seeds/fat/fat16.xz")),
    ("fat32", include_bytes!("../seeds/fat/fat32.xz")),
    (
        "sectors-4096",
        include_bytes!("../seeds/fat/sectors-4096.xz"),
    ),
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

/// What FAT holds of a line of the list: only directories and regular files, and neither permissions and
/// owners nor times and attributes.
fn content(line: &str) -> Option<String> {
    let (path, metadata) = line.split_once(" @")?;
    let path = path.rsplitn(3, ' ').nth(2)?;
    let mut metadata = metadata.split(' ').skip(1);
    match line.get(..1)? {
        "d" => Some(path.to_owned()),
        "-" => Some(format!("{path} {} {}", metadata.next()?, metadata.next()?)),
        _ => None,
    }
}

#[test]
fn lists_the_files_of_the_tree() {
    let expected: Vec<String> = TREE.lines().filter_map(content).collect();
    assert_eq!(expected.len(), 333);
    for (name, _) in IMAGES {
        let view = FatView::new(decompress(name)).unwrap();
        assert_eq!(list(&view, Detail::Content).unwrap(), expected, "{name}");
    }
}

#[test]
fn metadata_is_that_of_the_kernel() {
    let view = FatView::new(decompress("fat16")).unwrap();
    for (path, permissions) in [("Set-User-ID", 0o555), ("LARGE", 0o755), ("dir", 0o755)] {
        let metadata = view.metadata(Path::new(path)).unwrap();
        assert_eq!(metadata.permissions, permissions, "{path}");
        assert_eq!((metadata.uid, metadata.gid), (0, 0));
    }
    let metadata = view.metadata(Path::new("large")).unwrap();
    assert_eq!(metadata.modified, 1_700_000_000);
}

/// Visits every file, and reads the end of each regular one, which follows its whole chain.
fn visit(image: impl ReadAt) -> Result<(), Error> {
    let view = FatView::new(image)?;
    walk(&view, Path::new(""), &mut |path, entry| {
        let size = view.metadata(path)?.size;
        if entry.file_type == FileType::Regular && size > 0 {
            view.open(path)?.read_exact_at(&mut [0], size - 1)?;
        }
        Ok(())
    })
}

#[test]
fn damaged_images_return() {
    let image = decompress("sectors-4096");
    // The boot sector, the tables, the root directory and the first directories.
    let structures = [(0, 64, 2), (4096, 1600, 107), (12_288, 24_576, 1021)];
    let mut failures = 0;
    for (start, length, step) in structures {
        for mut damage in damages(&image[start..start + length], step) {
            damage.start += start;
            damage.image = &image;
            failures += u32::from(visit(damage).is_err());
        }
    }
    assert!(failures > 100, "{failures}");
}
