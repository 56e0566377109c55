//! Reads the images that mke2fs made of the standard set of files: seeds/ext4/make.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::io::Read;
use std::path::Path;

use extfs_view::ExtfsView;
use file_system::{Error, FileSystem, ReadAt, read};
use images_tests::{Detail, damages, list, read_some};
use lzma_rust2::XzReader;

/// The seeds with their names.
macro_rules! seeds {
    ($($name:literal)*) => {
        [$(($name, include_bytes!(concat!("../seeds/ext4/", $name, ".xz")).as_slice())),*]
    };
}

const SEEDS: [(&str, &[u8]); 14] = seeds![
    "bigalloc"
    "ext2"
    "ext3"
    "ext4-1k"
    "ext4-4k"
    "ext4-64k"
    "features"
    "inline-data"
    "journal"
    "meta-bg"
    "no-checksums"
    "no-extents"
    "old"
    "unwritten"
];
const TREE: &str = include_str!("../seeds/tree.list");

fn decompress(name: &str) -> Vec<u8> {
    let seed = SEEDS.iter().find(|seed| seed.0 == name).unwrap();
    let mut image = Vec::new();
    XzReader::new(seed.1, false)
        .read_to_end(&mut image)
        .unwrap();
    image
}

fn open(name: &str) -> ExtfsView<Vec<u8>> {
    ExtfsView::new(decompress(name)).unwrap()
}

/// The tree with the directory that mke2fs adds.
fn expected() -> Vec<String> {
    let lost_and_found = "d lost+found 0700 0:0 @1700000000".to_owned();
    let lines = TREE.lines().map(str::to_owned);
    sorted(lines.chain([lost_and_found]).collect())
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort_by_key(|line| line[2..].to_owned());
    lines
}

/// The lines of a seed that differ from the tree, without those for which `is_expected` holds.
fn compare(name: &str, is_expected: &dyn Fn(&str, &str) -> bool) {
    let lines = list(&open(name), Detail::Attributes);
    let lines = sorted(lines.unwrap_or_else(|error| panic!("{name}: {error}")));
    let expected = expected();
    assert_eq!(lines.len(), expected.len(), "{name}");
    for (found, expected) in lines.iter().zip(&expected) {
        assert!(
            found == expected || is_expected(found, expected),
            "{name}:\n{found}\n{expected}"
        );
    }
}

#[test]
fn lists_all_files_of_each_seed() {
    for (name, _) in SEEDS {
        match name {
            // Its inodes have room for 32 bits of a time.
            "old" => compare(name, &|found, expected| {
                found == expected.replace("@4294967000", "@-296")
            }),
            // mke2fs 1.47.0 leaves out the hole at the end of a file there.
            "inline-data" => compare(name, &|found, _| {
                found.starts_with("- holes 0644 0:0 @1700000000 208896 ")
            }),
            "journal" => compare(name, &|found, _| found.starts_with("- random ")),
            "features" => compare(name, &|found, expected| {
                // The beginning of the output of seq.
                let numbers = (1..=1000).map(|number| format!("{number}\n"));
                let value: String = numbers.collect();
                let value = value.bytes().take(1024);
                let hex: String = value.map(|byte| format!("{byte:02x}")).collect();
                found == format!("{expected} user.huge={hex}")
            }),
            _ => compare(name, &|_, _| false),
        }
    }
}

#[test]
fn replays_the_journal() {
    let content = read(&open("journal"), Path::new("random"), 10_000).unwrap();
    assert_eq!(content.len(), 9600);
    assert!(content.starts_with(b"journal\njournal\n"));
    assert!(content[..4096].ends_with(b"journal\n"));
    assert!(!content[4096..].starts_with(b"journal\n"));
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

/// An ext2 image whose inodes and entries of directories can be changed, as it has no checksums.
struct Editor {
    image: Vec<u8>,
}

impl Editor {
    fn new() -> Self {
        let image = decompress("ext2");
        Editor { image }
    }

    /// The offset of the entry of a regular file (1) or directory (2).
    fn entry(&self, name: &str, file_type: u8) -> usize {
        let end = [&[name.len() as u8, file_type], name.as_bytes()].concat();
        let mut parts = self.image.windows(end.len());
        parts.position(|part| part == end).unwrap() - 6
    }

    /// The offset of the inode of the large file.
    fn inode(&self) -> usize {
        let word = |at: usize| u32::from_le_bytes(self.image[at..at + 4].try_into().unwrap());
        // The only group has its number of the first block of inodes at byte 2048 + 8.
        let (table, number) = (word(2048 + 8), word(self.entry("large", 1)));
        (table * 1024 + (number - 1) * 256) as usize
    }
}

#[test]
fn reads_at_the_end_of_sparse_files() {
    let whole = read(&open("ext2"), Path::new("large"), 1 << 20).unwrap();
    let mut editor = Editor::new();
    // The upper half of the size: nearly 16 TiB.
    let size = editor.inode() + 0x6c;
    editor.image[size..size + 2].copy_from_slice(&[0xff, 0x0f]);
    let view = ExtfsView::new(editor.image).unwrap();
    let file = view.open(Path::new("large")).unwrap();
    assert_eq!(file.size(), (0xfff << 32) + 120_006);
    let mut bytes = [1; 1000];
    file.read_exact_at(&mut bytes, file.size() - 1000).unwrap();
    assert_eq!(bytes, [0; 1000]);
    file.read_exact_at(&mut bytes, 50_000).unwrap();
    assert!(bytes == whole[50_000..51_000]);
}

#[test]
fn names_encrypted_files() {
    let mut editor = Editor::new();
    let flags = editor.inode() + 0x20;
    editor.image[flags + 1] |= 0x08;
    let view = ExtfsView::new(editor.image).unwrap();
    let path = Path::new("large");
    assert_eq!(view.metadata(path).unwrap().size, 120_006);
    let error = view.open(path).err().unwrap();
    assert!(matches!(error, Error::Unsupported(_)), "{error}");
    assert!(error.to_string().contains("is encrypted"), "{error}");
    view.open(Path::new("random")).unwrap();
}

#[test]
fn rejects_directories_in_a_wrong_parent() {
    let mut editor = Editor::new();
    // The root.
    let entry = editor.entry("empty", 2);
    editor.image[entry..entry + 4].copy_from_slice(&[2, 0, 0, 0]);
    let view = ExtfsView::new(editor.image).unwrap();
    let error = view.read_dir(Path::new("dir/empty")).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("a directory in inode 2, expected inode"),
        "{message}"
    );
}

#[test]
fn survives_damaged_images() {
    // The different forms of metadata, and how many bytes are between damages. Without checksums, which would
    // reject most of the damages.
    for (name, step) in [
        ("ext2", 79_999),
        ("no-checksums", 79_999),
        ("old", 99_989),
        ("inline-data", 199_999),
        ("features", 199_999),
        ("journal", 299_993),
    ] {
        let image = decompress(name);
        let intact = ExtfsView::new(&image).unwrap();
        assert!(read_some(&intact, Path::new(""), 0) > 20, "{name}");
        for damaged in damages(&image, step) {
            if let Ok(view) = ExtfsView::new(damaged) {
                read_some(&view, Path::new(""), 0);
            }
        }
    }
}

#[test]
fn survives_damaged_structures() {
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
            if let Ok(view) = ExtfsView::new(damaged) {
                read_some(&view, Path::new(""), 0);
            }
        }
    }
}

#[test]
fn names_damaged_structures() {
    let image = decompress("ext4-1k");
    // The name of the file of 119 KiB in the root directory.
    let start = image.windows(11).position(|part| part == b"large-again");
    for (at, words) in [
        (1024 + 0x78, "superblock: CRC-32C"),
        (2048, "descriptor of group 0"),
        (start.unwrap(), "of a directory with checksum"),
    ] {
        let mut damaged = image.clone();
        damaged[at] ^= 1;
        let result = ExtfsView::new(damaged);
        let result = result.and_then(|view| view.read_dir(Path::new("")).map(drop));
        let message = result.unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }
}
