//! Tests of layers inside of each other.

use std::io::Write;
use std::num::NonZeroU64;
use std::path::PathBuf;

use super::*;

/// A file system that is recognized, with this label.
fn erofs(label: &str) -> Vec<u8> {
    let mut image = vec![0; 4096];
    image[1024..1028].copy_from_slice(&[0xe2, 0xe1, 0xf5, 0xe0]);
    image[1088..][..label.len()].copy_from_slice(label.as_bytes());
    image
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// Blocks of 4096 bytes with an index.
pub(crate) fn xz(content: &[u8]) -> Vec<u8> {
    let mut options = lzma_rust2::XzOptions::with_preset(0);
    options.lzma_options.dict_size = 4096;
    options.set_block_size(NonZeroU64::new(4096));
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A sparse image with one raw chunk.
fn sparse(content: &[u8]) -> Vec<u8> {
    let mut image = vec![0x3a, 0xff, 0x26, 0xed, 1, 0, 0, 0, 28, 0, 12, 0];
    let blocks = content.len() as u32 / 4;
    for word in [4, blocks, 1, 0, 0xcac1, blocks, content.len() as u32 + 12] {
        image.extend(word.to_le_bytes());
    }
    image.extend(content);
    image
}

/// A disk with an MBR and these partitions.
fn mbr(partitions: &[&[u8]]) -> Vec<u8> {
    let mut disk = vec![0; 512];
    for (at, content) in (446..).step_by(16).zip(partitions) {
        let start = (disk.len() / 512) as u32;
        disk.extend(*content);
        disk.resize(disk.len().next_multiple_of(512), 0);
        let blocks = (disk.len() / 512) as u32 - start;
        disk[at + 4] = 0x83;
        disk[at + 8..at + 12].copy_from_slice(&start.to_le_bytes());
        disk[at + 12..at + 16].copy_from_slice(&blocks.to_le_bytes());
    }
    disk[510..512].copy_from_slice(&[0x55, 0xaa]);
    disk
}

struct Setup {
    directory: tempfile::TempDir,
    path: PathBuf,
    images: Images<'static>,
}

fn setup(content: &[u8]) -> Setup {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("image.img");
    std::fs::write(&path, content).unwrap();
    let options = Options {
        cache: Some(directory.path().join("cache")),
        max_size: 1 << 20,
        ..Options::default()
    };
    Setup {
        directory,
        path,
        images: Images::new(options, |_| {}),
    }
}

impl Setup {
    fn layers(&mut self) -> Result<Layer, String> {
        self.images
            .layers(&self.path)
            .map_err(|error| error.to_string())
    }
}

/// A word for each layer.
fn words(layer: &Layer) -> String {
    let word = |layer: &&Layer| match &layer.kind {
        Kind::FileSystem(found) => found.label.clone().unwrap_or_default(),
        Kind::Compressed(format) => format.to_string(),
        Kind::Table(table) => table.format.to_string(),
        Kind::Other(name) => (*name).to_owned(),
        kind => format!("{kind:?}"),
    };
    layer.all().iter().map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn goes_through_layers_in_any_order() {
    let inner = mbr(&[
        &erofs("boot"),
        &gzip(&sparse(&erofs("root")))[..],
        b"unknown",
    ]);
    let mut setup = setup(&gzip(&sparse(&gzip(&mbr(&[&inner, b"ANDROID!"])))));
    // The padding of partitions is zeros, which gzip accepts.
    let layers = setup.layers().unwrap();
    let expected = "gzip Sparse gzip MBR MBR boot gzip Sparse root Unknown an Android boot image";
    assert_eq!(words(&layers), expected);
    let root = layers.all()[8];
    let name = "image.img: Android sparse image: partition 1: partition 2: Android sparse image";
    assert_eq!(root.view.name(), name);
    assert_eq!(root.view.content().size(), 4096);
    assert!(setup.images.warnings().is_empty());
}

#[test]
fn chooses_partitions() {
    let inner = mbr(&[&gzip(&erofs("boot")), &erofs("root")]);
    let mut setup = setup(&gzip(&mbr(&[&inner])));
    let disk = setup.images.open(&setup.path).unwrap();
    let first = setup
        .images
        .partition(&disk, &PartitionChoice::Number(1))
        .unwrap();
    let choice = PartitionChoice::parse("PARTUUID=00000000-01");
    let boot = setup.images.partition(&first, &choice).unwrap();
    assert!(matches!(
        setup.images.kind(&boot).unwrap(),
        Kind::FileSystem(_)
    ));
    let error = setup
        .images
        .partition(&first, &PartitionChoice::Number(3))
        .unwrap_err();
    let text = "image.img: partition 1: no partition with the number 3; there are: partition 1, partition 2";
    assert_eq!(error.to_string(), text);
    let error = setup
        .images
        .partition(&boot, &PartitionChoice::Number(1))
        .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("partition 1: not a partition table"),
        "{error}"
    );
}

#[test]
fn too_many_layers_are_errors() {
    let mut content = erofs("deep");
    for _ in 0..MAX_DEPTH {
        content = sparse(&content);
    }
    assert!(setup(&content).layers().is_ok());
    let error = setup(&sparse(&content)).layers().unwrap_err();
    assert!(
        error.ends_with("more than 16 layers inside of each other"),
        "{error}"
    );
    // Four partitions in each of eight levels, all at the same place.
    let mut content = mbr(&[&[0; 9000]]);
    let entry = [0, 0, 0, 0, 0x83, 0, 0, 0, 1, 0, 0, 0, 17, 0, 0, 0];
    for at in [446, 462, 478, 494] {
        content[at..at + 16].copy_from_slice(&entry);
    }
    for block in 1..8 {
        content.copy_within(0..512, block * 512);
        let blocks = 17 - block as u8;
        for at in [446, 462, 478, 494] {
            content[block * 512 + at + 12] = blocks;
        }
    }
    let error = setup(&content).layers().unwrap_err();
    assert!(error.ends_with("more than 4096 layers"), "{error}");
}

#[test]
fn damaged_partitions_do_not_hide_others() {
    let mut damaged = gzip(&erofs("root"));
    damaged[12] ^= 0xff;
    let mut setup = setup(&mbr(&[&damaged, &sparse(&[0; 8])[..30], &erofs("good")]));
    let layers = setup.layers().unwrap();
    assert!(words(&layers).ends_with(" good"));
    assert!(matches!(layers.children[0].kind, Kind::Damaged(_)));
    let warnings = setup.images.warnings();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        warnings[1].contains("image.img: partition 2: Android sparse image: chunk 0: "),
        "{warnings:?}"
    );
}

#[test]
fn limits_are_errors_wherever_they_are_exceeded() {
    let half = gzip(&[1; 600 << 10]);
    let error = setup(&mbr(&[&half, &half])).layers().unwrap_err();
    assert!(
        error.ends_with("partition 2: more than 1048576 bytes, decompressed"),
        "{error}"
    );
}

#[test]
fn errors_name_the_layer() {
    let mut setup = setup(&gzip(b"content")[..20]);
    let error = setup.layers().unwrap_err();
    assert_eq!(
        error,
        "image.img: gzip: truncated; copy or download it again"
    );
    setup.path = setup.directory.path().join("missing");
    assert!(
        setup
            .layers()
            .unwrap_err()
            .starts_with("missing: cannot read: ")
    );
    setup.path = setup.directory.path().to_owned();
    assert!(
        setup
            .layers()
            .unwrap_err()
            .contains("neither a regular file")
    );
}

#[test]
fn a_table_has_precedence_over_a_file_system() {
    let mut disk = mbr(&[&erofs("inner"), &[1; 4096]]);
    disk[1024..1028].copy_from_slice(&[0xe2, 0xe1, 0xf5, 0xe0]);
    assert!(words(&setup(&disk).layers().unwrap()).starts_with("MBR"));
    // But not one that cannot be right.
    disk[446 + 15] = 1;
    assert!(matches!(
        setup(&disk).layers().unwrap().kind,
        Kind::FileSystem(_)
    ));
}

#[test]
fn streams_with_an_index_are_read_in_place() {
    let disk = mbr(&[&erofs("boot"), &sparse(&erofs("root"))]);
    let mut setup = setup(&xz(&disk));
    let cache = setup.directory.path().join("cache");
    let layers = setup.layers().unwrap();
    assert_eq!(words(&layers), "xz MBR boot Sparse root");
    assert!(!cache.exists());
    // Only one at a time; the next one is unpacked.
    let again = setup.layers().unwrap();
    assert_eq!(words(&again), words(&layers));
    assert_eq!(cache.read_dir().unwrap().count(), 2);
    std::fs::remove_dir_all(&cache).unwrap();
    drop((layers, again));
    setup.layers().unwrap();
    assert!(!cache.exists());
}

#[test]
fn streams_whose_index_is_damaged_are_unpacked() {
    let mut stream = xz(&erofs("root").repeat(2));
    let at = stream.len() - 20;
    stream[at] ^= 1;
    let error = setup(&stream).layers().unwrap_err();
    assert!(error.starts_with("image.img: xz: "), "{error}");
    let error = setup(&xz(&vec![0; 2 << 20])).layers().unwrap_err();
    assert_eq!(error, "image.img: more than 1048576 bytes, decompressed");
}

#[test]
fn damaged_blocks_do_not_hide_others() {
    // More than what is read from the beginning of the disk.
    let first = vec![1; (200 << 10) - 512];
    let [disk, other] =
        ["damaged", "other"].map(|label| xz(&mbr(&[&first, &erofs(label), &erofs("good")])));
    let mut differences = disk.iter().zip(&other).map(|(one, other)| one != other);
    let in_second = differences.position(|differs| differs).unwrap();
    let mut stream = disk;
    stream[in_second] ^= 1;
    let mut setup = setup(&stream);
    let layers = setup.layers().unwrap();
    assert_eq!(words(&layers.children[0].children[2]), "good");
    let Kind::Damaged(message) = &layers.children[0].children[1].kind else {
        panic!("{layers:?}");
    };
    assert!(
        message.starts_with("image.img: partition 2: xz: block 50 at "),
        "{message}"
    );
}
