//! Disk images with the layers and partition tables that other programs made: see `seeds/disk/make`.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use decompress::{Blocks, Format, Limits};
use disk_image::{Images, Kind, Layer, Options, PartitionChoice, View};
use images_tests::{Faulty, damages};
use read_at::{Cursor, ReadAt};
use sha2::{Digest, Sha256};

const SEEDS: [(&str, &[u8]); 8] = [
    (
        "gpt.seekable.zst",
        include_bytes!("../seeds/disk/gpt.seekable.zst"),
    ),
    ("gpt.zst", include_bytes!("../seeds/disk/gpt.zst")),
    ("gpt-4096.lz4", include_bytes!("../seeds/disk/gpt-4096.lz4")),
    ("mbr.bz2", include_bytes!("../seeds/disk/mbr.bz2")),
    ("mbr.simg.gz", include_bytes!("../seeds/disk/mbr.simg.gz")),
    (
        "nested.simg.xz",
        include_bytes!("../seeds/disk/nested.simg.xz"),
    ),
    ("root.gz", include_bytes!("../seeds/disk/root.gz")),
    (
        "root.lz4-legacy",
        include_bytes!("../seeds/disk/root.lz4-legacy"),
    ),
];

/// Those with an index of blocks, which are not unpacked.
const IN_PLACE: [&str; 2] = ["gpt.seekable.zst", "nested.simg.xz"];

const DIGESTS: &str = include_str!("../seeds/disk/digests");

fn seed(name: &str) -> &'static [u8] {
    let mut seeds = SEEDS.iter();
    seeds.find(|(found, _)| *found == name).unwrap().1
}

/// The name of the file system with this content, by the digests that `make` wrote.
fn file_system(content: &dyn ReadAt) -> String {
    let mut bytes = Vec::new();
    Cursor::new(content).read_to_end(&mut bytes).unwrap();
    let digest = hex::encode(Sha256::digest(bytes));
    let name = DIGESTS.lines().find_map(|line| line.strip_prefix(&digest));
    name.unwrap_or("damaged").trim().to_owned()
}

struct Setup {
    images: Images<'static>,
    // Removed at the end.
    directory: tempfile::TempDir,
}

impl Setup {
    /// Writes a seed to a file.
    fn write(&self, name: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        fs::write(&path, seed(name)).unwrap();
        path
    }
}

/// `gpt.zst` is compressed with `zstd --long=27`.
const LONG: u64 = 400 << 20;

fn setup() -> Setup {
    setup_with(Limits::with_memory(LONG))
}

fn setup_with(limits: Limits) -> Setup {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        cache: Some(directory.path().join("cache")),
        max_size: 64 << 20,
        limits,
        ..Options::default()
    };
    Setup {
        images: Images::new(options, |_| {}),
        directory,
    }
}

/// Adds a line for each layer, indented by its depth.
fn add_lines(layer: &Layer, depth: usize, lines: &mut Vec<String>) {
    let partition = layer.partition.as_ref().map(|found| {
        let boot = if found.is_bootable { " bootable" } else { "" };
        format!(
            "{found} {} {} at {}{boot}: ",
            found.kind, found.uuid, found.start
        )
    });
    let kind = match &layer.kind {
        Kind::FileSystem(found) => {
            let [label, uuid] =
                [&found.label, &found.uuid].map(|text| text.as_deref().unwrap_or("-"));
            let content = file_system(&**layer.view.content());
            format!("{} {label} {uuid}, content of {content}", found.kind)
        }
        Kind::Table(table) => format!("{} {} {}", table.format, table.block_size, table.uuid),
        Kind::Compressed(format) => format.to_string(),
        kind => format!("{kind:?}"),
    };
    let indent = "  ".repeat(depth);
    lines.push(format!("{indent}{}{kind}", partition.unwrap_or_default()));
    for child in &layer.children {
        add_lines(child, depth + 1, lines);
    }
}

fn list(name: &str) -> Vec<String> {
    let mut setup = setup();
    let path = setup.write(name);
    let layers = setup.images.layers(&path).unwrap();
    assert!(setup.images.warnings().is_empty());
    let is_unpacked = setup.directory.path().join("cache").exists();
    assert_eq!(is_unpacked, !IN_PLACE.contains(&name), "{name}");
    let mut lines = Vec::new();
    add_lines(&layers, 0, &mut lines);
    lines
}

const BOOT: &str = "vfat BOOT 1234-ABCD, content of boot";
const ROOT: &str = "ext4 root 10000000-0000-4000-8000-000000000001, content of root";
const SUB: &str = "squashfs - -, content of sub";
const LINUX: &str = "0fc63daf-8483-4772-8e79-3d69d8477de4";

fn indent(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| format!("  {line}")).collect()
}

/// The lines for `gpt`.
fn gpt() -> Vec<String> {
    let efi = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b 40000000-0000-4000-8000-000000000004";
    let linux = format!("{LINUX} 50000000-0000-4000-8000-000000000005");
    vec![
        "GPT 512 30000000-0000-4000-8000-000000000003".to_owned(),
        format!("  partition 1 \"boot\" {efi} at 32768: {BOOT}"),
        format!("  partition 3 \"röot 2\" {linux} at 98304 bootable: {ROOT}"),
    ]
}

#[test]
fn lists_a_gpt_of_sgdisk_in_zstd() {
    let expected = [vec!["zstd".to_owned()], indent(&gpt())].concat();
    assert_eq!(list("gpt.zst"), expected);
    assert_eq!(list("gpt.seekable.zst"), expected);
}

#[test]
fn lists_a_gpt_of_fdisk_with_blocks_of_4096_bytes_in_two_lz4_frames() {
    let uuid = |digit| format!("{digit}0000000-0000-4000-8000-00000000000{digit}");
    let expected = [
        "lz4".to_owned(),
        format!("  GPT 4096 {}", uuid(6)),
        format!(
            "    partition 1 \"boot\" {LINUX} {} at 65536: {BOOT}",
            uuid(7)
        ),
        format!(
            "    partition 2 \"root\" {LINUX} {} at 131072: {ROOT}",
            uuid(8)
        ),
    ];
    assert_eq!(list("gpt-4096.lz4"), expected);
}

#[test]
fn lists_an_mbr_of_sfdisk_with_logical_partitions() {
    let table = [
        "MBR 512 aabbccdd".to_owned(),
        format!("  partition 1 0x0c aabbccdd-01 at 32768 bootable: {BOOT}"),
        format!("  partition 5 0x83 aabbccdd-05 at 163840: {ROOT}"),
        format!("  partition 6 0x83 aabbccdd-06 at 327680: {SUB}"),
    ];
    let in_bzip2 = [vec!["bzip2".to_owned()], indent(&table)].concat();
    assert_eq!(list("mbr.bz2"), in_bzip2);
    let sparse = ["gzip".to_owned(), "  Sparse".to_owned()];
    assert_eq!(
        list("mbr.simg.gz"),
        [&sparse[..], &indent(&indent(&table))].concat()
    );
}

#[test]
fn lists_a_gpt_in_a_partition_in_a_sparse_image_in_xz() {
    let inner = indent(&indent(&indent(&gpt())));
    let expected = [
        "xz".to_owned(),
        "  Sparse".to_owned(),
        "    MBR 512 11223344".to_owned(),
        format!("      partition 1 0x0c 11223344-01 at 32768: {BOOT}"),
        format!(
            "      partition 2 0x83 11223344-02 at 131072: {}",
            inner[0].trim()
        ),
    ];
    assert_eq!(
        list("nested.simg.xz"),
        [&expected[..], &inner[1..]].concat()
    );
}

#[test]
fn reads_file_systems_without_a_table() {
    assert_eq!(list("root.gz"), ["gzip".to_owned(), format!("  {ROOT}")]);
    assert_eq!(
        list("root.lz4-legacy"),
        ["lz4-legacy".to_owned(), format!("  {ROOT}")]
    );
}

#[test]
fn chooses_partitions_by_number_name_and_uuid() {
    for (name, outer, choice) in [
        ("gpt.zst", None, "3"),
        ("gpt.zst", None, "PARTLABEL=röot 2"),
        (
            "gpt.zst",
            None,
            "PARTUUID=50000000-0000-4000-8000-000000000005",
        ),
        ("mbr.bz2", None, "PARTUUID=AABBCCDD-05"),
        ("nested.simg.xz", Some("2"), "röot 2"),
    ] {
        let mut setup = setup();
        let path = setup.write(name);
        let images = &mut setup.images;
        let mut disk = images.open(&path).unwrap();
        if let Some(outer) = outer {
            disk = images
                .partition(&disk, &PartitionChoice::parse(outer))
                .unwrap();
        }
        let root = images
            .partition(&disk, &PartitionChoice::parse(choice))
            .unwrap();
        assert_eq!(file_system(&**root.content()), "root", "{name}, {choice}");
        let missing = images
            .partition(&disk, &PartitionChoice::parse("4"))
            .unwrap_err();
        assert!(
            missing
                .to_string()
                .contains("no partition with the number 4"),
            "{missing}"
        );
    }
}

/// The content of a seed, without its compression.
fn content(name: &str) -> &'static [u8] {
    let stream = seed(name);
    let format = Format::detect(stream).unwrap();
    let mut content = Vec::new();
    let mut reader = decompress::reader(format, stream, Limits::with_memory(LONG)).unwrap();
    reader.read_to_end(&mut content).unwrap();
    content.leak()
}

fn try_damages(name: &str, step: usize, is_tried: impl Fn(&Faulty<'_>) -> bool) {
    let mut setup = setup();
    let mut errors = 0;
    for image in damages(content(name), step).filter(is_tried) {
        match setup.images.view_layers(View::new(name, Arc::new(image))) {
            Ok(layers) => {
                for layer in layers.all() {
                    let _ = layer.view.content().read_up_to_at(&mut [0; 5000], 0);
                }
            }
            Err(error) => {
                assert!(error.to_string().starts_with(name), "{error}");
                errors += 1;
            }
        }
    }
    assert!(errors > 0);
}

#[test]
fn damaged_tables_are_errors() {
    // The headers and the entries in use.
    try_damages("gpt.zst", 13, |image| {
        (510..1300).contains(&image.start) || image.start > image.image.len() - 512
    });
    try_damages("mbr.bz2", 5, |image| (440..512).contains(&image.start));
    try_damages("mbr.bz2", 16381, |_| true);
}

#[test]
fn damaged_sparse_images_are_errors() {
    try_damages("nested.simg.xz", 7, |image| image.start < 200);
    try_damages("nested.simg.xz", 16381, |_| true);
}

#[test]
fn damaged_streams_end() {
    for (_, stream) in SEEDS {
        let format = Format::detect(stream).unwrap();
        for image in damages(stream, stream.len() / 8) {
            let source = std::io::BufReader::new(Cursor::new(&image));
            let mut piece = vec![0; 65536];
            let Ok(mut reader) = decompress::reader(format, source, Limits::default()) else {
                continue;
            };
            let mut total = 0;
            while let Ok(count @ 1..) = reader.read(&mut piece) {
                total += count;
                assert!(total < 8 << 20, "{format}: too much content");
            }
        }
    }
}

#[test]
fn rejects_large_windows_by_default() {
    let mut setup = setup_with(Limits::default());
    let path = setup.write("gpt.zst");
    let error = setup.images.layers(&path).unwrap_err();
    assert!(error.needs_memory());
    let message = error.to_string();
    assert!(message.contains("needs a window of 128 MiB"), "{message}");
}

#[test]
fn damaged_streams_with_an_index_have_the_same_content_or_an_error() {
    for name in IN_PLACE {
        let stream = seed(name);
        let content = content(name);
        let format = Format::detect(stream).unwrap();
        let mut errors = 0;
        for image in damages(stream, stream.len() / 8) {
            let blocks = Blocks::open(format, &image, Limits::default());
            // A seek table without a checksum may state other sizes, which shifts the content.
            let Some(blocks) = blocks.filter(|blocks| blocks.size() == content.len() as u64) else {
                errors += 1;
                continue;
            };
            let pieces = content.chunks(5000);
            for (offset, piece) in (0..).step_by(5000).zip(pieces) {
                let mut bytes = vec![0; piece.len()];
                match blocks.read_exact_at(&mut bytes, offset) {
                    Ok(()) => assert!(bytes == piece, "{name}"),
                    Err(_) => errors += 1,
                }
            }
        }
        assert!(errors > 0);
    }
}
