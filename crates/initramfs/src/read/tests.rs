//! Tests with valid and invalid images.

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

use super::*;
use crate::{Compression, Compressor, Content, FileType, Source, Tree, pad, padding};

const LIMITS: Limits = Limits {
    entries: 100,
    paths: 2000,
    bytes: 1 << 20,
};

fn parts(image: &[u8]) -> Result<Vec<Part>, ReadError> {
    let mut parts = Vec::new();
    read(image, LIMITS, &mut |part| parts.push(part))?;
    Ok(parts)
}

/// Reads a valid image and formats its parts.
fn part_names(image: &[u8]) -> Vec<String> {
    let parts = parts(image).unwrap();
    let name = |part| match part {
        Part::Archive { offset, format } => format!("{format}@{offset}"),
        Part::Entry(entry) => String::from_utf8(entry.path).unwrap(),
        Part::Bootconfig { offset, size } => format!("bootconfig@{offset}, {size}"),
    };
    parts.into_iter().map(name).collect()
}

fn error(image: &[u8]) -> String {
    parts(image).unwrap_err().to_string()
}

fn archive(compression: Compression, paths: &[&str]) -> Vec<u8> {
    let mut tree = Tree::default();
    for path in paths {
        let bytes = path.repeat(3).into_bytes();
        let content = Content::Regular(Source::Bytes(Cow::Owned(bytes)));
        tree.insert(Path::new(path), 0o644, content).unwrap();
    }
    let mut output = Compressor::new(Vec::new(), compression).unwrap();
    tree.write(&mut output, 0, &mut |_| ()).unwrap();
    output.finish().unwrap()
}

/// An entry with this name and content, padded.
fn entry(header: Header, name: &[u8], content: &[u8]) -> Vec<u8> {
    let header = Header {
        name_size: name.len() as u32,
        size: content.len() as u32,
        ..header
    };
    let mut bytes = header.to_string().into_bytes();
    for part in [name, content] {
        bytes.extend_from_slice(part);
        bytes.resize(bytes.len() + padding(bytes.len() as u64) as usize, 0);
    }
    bytes
}

fn with_type(kind: FileType) -> Header {
    Header {
        mode: kind.bits() | 0o644,
        links: 1,
        ..Header::default()
    }
}

#[test]
fn reads_what_was_written_in_every_compression() {
    for compression in Compression::ALL {
        let image = archive(compression, &["b/c", "a"]);
        let format = match compression {
            Compression::None => "cpio",
            compressed => compressed.name(),
        };
        assert_eq!(
            part_names(&image),
            [&format!("{format}@0"), "a", "b", "b/c"]
        );
        assert_eq!(image, archive(compression, &["a", "b/c"]));
    }
}

#[test]
fn reads_concatenated_archives() {
    let mut image = archive(Compression::None, &["early"]);
    let mut expected = vec!["cpio@0".to_owned(), "early".to_owned()];
    for compression in [
        Compression::Zstd,
        Compression::Gzip,
        Compression::Xz,
        Compression::None,
    ] {
        image.extend_from_slice(pad(image.len() as u64));
        let format = compression.name().replace("none", "cpio");
        expected.extend([format!("{format}@{}", image.len()), "late".to_owned()]);
        image.extend(archive(compression, &["late"]));
    }
    image.extend([0; 1021]);
    assert_eq!(part_names(&image), expected);
}

#[test]
fn only_plain_cpio_must_be_aligned() {
    let mut image = archive(Compression::None, &["a"]);
    image.push(0);
    let offset = image.len();
    let mut good = image.clone();
    good.extend(archive(Compression::Gzip, &["b"]));
    assert_eq!(part_names(&good)[2], format!("gzip@{offset}"));
    image.extend(archive(Compression::None, &["b"]));
    assert!(error(&image).starts_with(&format!("at byte {offset}: misaligned cpio header")));
}

#[test]
fn reports_a_bootconfig_at_the_end() {
    let mut bootconfig = b"a=b\n\x04\0\0\0\x0a\x01\0\0#BOOTCONFIG\n".to_vec();
    for compression in Compression::ALL {
        let mut image = archive(compression, &["a"]);
        image.extend([0; 3]);
        let expected = format!("bootconfig@{}, 24", image.len());
        image.extend(&bootconfig);
        assert_eq!(part_names(&image)[2], expected);
    }
    bootconfig[9] = 0;
    let mut image = archive(Compression::None, &["a"]);
    image.extend(&bootconfig);
    assert!(error(&image).contains("neither a cpio header nor"));
    image.resize(image.len() + (64 << 10), b'a');
    assert!(error(&image).contains("neither a cpio header nor"));
}

#[test]
fn rejects_options_of_compressions_that_the_kernel_does_not_support() {
    let archive = |compression| archive(compression, &["a"]);
    let mut gzip = archive(Compression::Gzip);
    gzip[3] |= 16;
    assert!(error(&gzip).starts_with("at byte 0: gzip with an extra field"));
    let mut xz = archive(Compression::Xz);
    xz[7] = 4;
    assert!(error(&xz).contains("integrity check CRC64"));
    let mut zstd = archive(Compression::Zstd);
    zstd[4] &= !0x20;
    zstd[5] = 0xff;
    assert!(error(&zstd).contains("zstd with a window of"));
    assert!(error(b"\x04\x22\x4d\x18....").contains("`lz4 -l`"));
}

#[test]
fn trailer_is_optional() {
    let entry = entry(with_type(FileType::Regular), b"a\0", b"12345");
    assert_eq!(part_names(&entry), ["cpio@0", "a"]);
}

#[test]
fn reads_several_archives_in_one_compressed_stream() {
    let mut both = archive(Compression::None, &["a"]);
    both.extend([0; 512]);
    both.extend(archive(Compression::None, &["b"]));
    let mut output = Compressor::new(Vec::new(), Compression::Gzip).unwrap();
    output.write_all(&both).unwrap();
    assert_eq!(part_names(&output.finish().unwrap()), ["gzip@0", "a", "b"]);
}

#[test]
fn reports_targets_nodes_and_file_types() {
    let mut image = entry(with_type(FileType::Symlink), b"link\0", b"a/b");
    let node = Header {
        node: (5, 1),
        ..with_type(FileType::CharacterDevice)
    };
    image.extend(entry(node, b"console\0", b""));
    // dracut-cpio pads names like this.
    image.extend(entry(with_type(FileType::Fifo), b"pipe\0\0\0\0\0", b""));
    let parts = parts(&image).unwrap();
    let entries: Vec<_> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Entry(entry) => Some(entry),
            Part::Archive { .. } | Part::Bootconfig { .. } => None,
        })
        .collect();
    assert_eq!(entries[0].target.as_deref(), Some(&b"a/b"[..]));
    assert_eq!(entries[1].header.node, (5, 1));
    assert_eq!(entries[2].path, b"pipe");
    assert_eq!(entries[2].header.file_type(), FileType::Fifo);
}

#[test]
fn resolves_hard_links_within_an_archive() {
    let header = Header {
        inode: 7,
        links: 2,
        ..with_type(FileType::Regular)
    };
    let mut image = entry(header, b"a\0", b"");
    image.extend(entry(header, b"b\0", b"12345"));
    image.extend(entry(with_type(FileType::Regular), b"TRAILER!!!\0", b""));
    image.extend(entry(header, b"c\0", b""));
    let links: Vec<_> = parts(&image)
        .unwrap()
        .into_iter()
        .filter_map(|part| match part {
            Part::Entry(entry) => Some(entry.link_to),
            Part::Archive { .. } | Part::Bootconfig { .. } => None,
        })
        .collect();
    assert_eq!(links, [None, Some(b"a".to_vec()), None]);
}

#[test]
fn verifies_checksums() {
    let header = Header {
        has_checksum: true,
        checksum: 0x31 + 0x32,
        ..with_type(FileType::Regular)
    };
    assert_eq!(part_names(&entry(header, b"a\0", b"12")), ["cpio@0", "a"]);
    let message = error(&entry(header, b"a\0", b"13"));
    assert!(
        message.contains("a: checksum mismatch: expected 00000063, got 00000064"),
        "{message}"
    );
}

#[test]
fn errors_name_offset_and_cause() {
    let regular = with_type(FileType::Regular);
    let mut good = archive(Compression::None, &["a"]);
    let after = good.len();
    good.extend_from_slice(b"\x7fELF");
    let long = vec![b'a'; 4097];
    for (image, words) in [
        (&b""[..], "at byte 0: empty"),
        (&[0; 100], "at byte 100: empty"),
        (&good, &format!("at byte {after}: neither a cpio header")),
        (b"070707", "at byte 6: truncated"),
        (
            &[b"070707".as_slice(), &[b'0'; 104]].concat(),
            "at byte 0: cpio in the old",
        ),
        (&[b'0'; 110], "at byte 0: not a cpio header"),
        (
            b"\x02\x21\x4c\x18....",
            "in the lz4-legacy archive at byte 0",
        ),
        (b"BZh91AY", "at byte 0: bzip2 is not supported"),
        (b"]\0\0\x80\0\xff", "at byte 0: lzma is not supported"),
        (b"\x89LZO\0\r\n", "at byte 0: lzo is not supported"),
        (
            &entry(regular, b"a", b""),
            "at byte 111: the name of this entry has no terminating NUL",
        ),
        (
            &entry(regular, b"", b""),
            "at byte 110: the name of this entry has no terminating NUL",
        ),
        (
            &entry(regular, &long, b""),
            "the name of this entry has 4097 bytes",
        ),
        (
            &entry(with_type(FileType::Symlink), b"a\0", &long),
            "link a has 4097 bytes",
        ),
    ] {
        let message = error(image);
        assert!(message.contains(words), "{message}, not {words}");
    }
}

#[test]
fn rejects_truncated_images() {
    for compression in Compression::ALL {
        let image = archive(compression, &["a", "b"]);
        // An image that ends between two entries is valid.
        let between_entries: Vec<usize> = match compression {
            Compression::None => vec![0, 116, 232],
            _ => vec![],
        };
        for length in (1..image.len()).filter(|length| !between_entries.contains(length)) {
            let message = error(&image[..length]);
            assert!(
                !message.contains("empty"),
                "{compression} {length}: {message}"
            );
        }
    }
}

#[test]
fn rejects_corrupt_compressed_archives() {
    for compression in [Compression::Zstd, Compression::Gzip, Compression::Xz] {
        let image = archive(compression, &["a", "b"]);
        let expected = part_names(&image);
        for index in 0..image.len() {
            let mut corrupt = image.clone();
            corrupt[index] ^= 0x10;
            if let Ok(parts) = parts(&corrupt) {
                // A field without effect, such as the time in gzip's header.
                assert_eq!(parts.len(), expected.len(), "{compression} {index}");
            }
        }
    }
}

#[test]
fn enforces_the_limits() {
    let many: Vec<_> = (0..101).map(|number| number.to_string()).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let message = error(&archive(Compression::None, &many));
    assert!(message.contains("more than 100 entries"), "{message}");

    for compression in [Compression::Zstd, Compression::Gzip, Compression::Xz] {
        let mut bomb = Compressor::new(Vec::new(), compression).unwrap();
        bomb.write_all(&vec![0; 2 << 20]).unwrap();
        let message = error(&bomb.finish().unwrap());
        assert!(message.contains("more than 1048576 bytes"), "{message}");
    }
}

#[test]
fn limit_applies_to_all_archives_together() {
    let mut half = Compressor::new(Vec::new(), Compression::Gzip).unwrap();
    half.write_all(&vec![0; 600 << 10]).unwrap();
    let half = half.finish().unwrap();
    parts(&[&half[..], &archive(Compression::None, &["a"])].concat()).ok();
    let message = error(&[&half[..], &half].concat());
    assert!(message.contains("bytes, decompressed"), "{message}");
}

#[test]
fn errors_in_compressed_archives_name_both_offsets() {
    let mut output = Compressor::new(Vec::new(), Compression::Gzip).unwrap();
    output.write_all(b"junk").unwrap();
    let message = error(&output.finish().unwrap());
    assert!(
        message.starts_with("in the gzip archive at byte 0, at its byte 0: not a cpio header"),
        "{message}"
    );
}
