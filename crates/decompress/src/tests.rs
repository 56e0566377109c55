//! Tests of all formats, with streams that the encoders of the same crates make.

use std::io::Write;

use lzma_rust2::{XzOptions, XzWriter};

use super::*;

const CONTENT: &[u8] = b"content, content, content; other content";

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn xz(content: &[u8]) -> Vec<u8> {
    let mut encoder = XzWriter::new(Vec::new(), XzOptions::with_preset(0)).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A frame without compression, with the size of its content but without a checksum.
fn zstd(content: &[u8]) -> Vec<u8> {
    let size = u8::try_from(content.len()).unwrap();
    let header = [
        0x28,
        0xb5,
        0x2f,
        0xfd,
        0x20,
        size,
        size << 3 | 1,
        size >> 5,
        0,
    ];
    [&header, content].concat()
}

fn lz4(content: &[u8]) -> Vec<u8> {
    let info = lz4_flex::frame::FrameInfo::new()
        .content_checksum(true)
        .content_size(Some(content.len() as u64));
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn lz4_legacy(content: &[u8]) -> Vec<u8> {
    let block = lz4_flex::block::compress(content);
    let size = (block.len() as u32).to_le_bytes();
    [&[2, 0x21, 0x4c, 0x18][..], &size, &block].concat()
}

fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn all() -> [(Format, Vec<u8>); 6] {
    Format::ALL.map(|format| {
        let compress = match format {
            Format::Gzip => gzip,
            Format::Xz => xz,
            Format::Zstd => zstd,
            Format::Lz4 => lz4,
            Format::Lz4Legacy => lz4_legacy,
            Format::Bzip2 => bzip2,
        };
        (format, compress(CONTENT))
    })
}

/// The whole content; the source has a small buffer, so that headers lie across its border.
fn read(format: Format, stream: &[u8]) -> Result<Vec<u8>, Error> {
    let source = std::io::BufReader::with_capacity(7, stream);
    let mut content = Vec::new();
    reader(format, source, Limits::default())?.read_to_end(&mut content)?;
    Ok(content)
}

fn error(format: Format, stream: &[u8]) -> String {
    match read(format, stream) {
        Ok(content) => format!("{} bytes", content.len()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn reads_all_members() {
    for (format, stream) in all() {
        assert_eq!(Format::detect(&stream), Some(format));
        assert_eq!(read(format, &stream).unwrap(), CONTENT, "{format}");
        let three = read(format, &stream.repeat(3)).unwrap();
        assert_eq!(three, CONTENT.repeat(3), "{format}");
    }
}

#[test]
fn skips_skippable_frames() {
    let skippable = b"\x53\x2a\x4d\x18\x02\0\0\0ab";
    for (format, stream) in all() {
        let mixed = [
            skippable,
            &stream[..],
            skippable,
            skippable,
            &stream[..],
            skippable,
        ]
        .concat();
        match format {
            Format::Zstd | Format::Lz4 => {
                assert_eq!(read(format, &mixed).unwrap(), CONTENT.repeat(2));
                assert!(error(format, &mixed[..mixed.len() - 1]).contains("truncated"));
            }
            _ => assert!(error(format, &mixed).contains("not "), "{format}"),
        }
    }
}

#[test]
fn zeros_may_follow_where_the_programs_accept_them() {
    for (format, stream) in all() {
        let padded = [&stream[..], &[0; 8]].concat();
        match format {
            Format::Gzip | Format::Xz | Format::Lz4Legacy => {
                assert_eq!(read(format, &padded).unwrap(), CONTENT, "{format}");
            }
            _ => assert!(error(format, &padded).contains("other data"), "{format}"),
        }
    }
    let padded = [xz(CONTENT), vec![0; 4], xz(CONTENT)].concat();
    assert_eq!(read(Format::Xz, &padded).unwrap(), CONTENT.repeat(2));
    let odd = [xz(CONTENT), vec![0; 3]].concat();
    assert!(error(Format::Xz, &odd).contains("other data"));
}

#[test]
fn rejects_other_data_at_the_beginning_and_end() {
    for (format, stream) in all() {
        let followed = [&stream[..], b"garbage"].concat();
        let text = error(format, &followed);
        // A block's size is all that the legacy format has.
        if format != Format::Lz4Legacy {
            assert!(
                text.contains("other data after the end"),
                "{format}: {text}"
            );
        }
        for other in [&b""[..], b"garbage"] {
            assert_eq!(error(format, other), format!("not {format}"));
        }
    }
}

#[test]
fn truncated_streams_are_errors() {
    for (format, stream) in all() {
        for length in Format::MAGIC_SIZE..stream.len() {
            let text = error(format, &stream[..length]);
            // The legacy format ends where a block could begin.
            if format != Format::Lz4Legacy || length > 8 {
                assert!(text.contains("truncated"), "{format}, {length}: {text}");
            }
        }
    }
}

#[test]
fn verifies_checksums() {
    for (format, stream) in all() {
        if matches!(format, Format::Zstd | Format::Lz4Legacy) {
            continue; // without checksum here
        }
        for at in 0..stream.len() {
            let mut damaged = stream.clone();
            damaged[at] ^= 0x10;
            let content = read(format, &damaged);
            // Fields without influence, such as gzip's time.
            assert!(
                content.is_err() || content.unwrap() == CONTENT,
                "{format}, {at}"
            );
        }
    }
}

#[test]
fn memory_is_limited_by_the_header() {
    let stream = xz(CONTENT);
    let limits = Limits::with_memory(1 << 16);
    let text = reader(Format::Xz, &stream[..], limits)
        .map(|_| ())
        .unwrap_err();
    let expected = "needs 1 MiB of memory to decompress; the limit is 0 MiB";
    assert_eq!(text.to_string(), expected);
    // Later members are checked too.
    let frames = [zstd(b"a"), b"\x28\xb5\x2f\xfd\0\xf0".to_vec()].concat();
    let text = error(Format::Zstd, &frames);
    assert!(text.contains("the limit is 22 MiB"), "{text}");
}

#[test]
fn rejects_zstd_blocks_with_too_much_content() {
    // 1 literal, and 2 matches of 131,074 bytes with the offset 1.
    let block = [8, b'a', 2, 0x54, 0, 0, 52, 0xff, 0xff, 0xff, 0xff, 1];
    let header = [(block.len() as u8) << 3 | 0b101, 0, 0];
    let frame = [&b"\x28\xb5\x2f\xfd\0\x58"[..], &header, &block].concat();
    let text = error(Format::Zstd, &frame);
    assert!(text.contains("128 KiB"), "{text}");
}

#[test]
fn member_reader_stops_at_the_end_of_the_member() {
    for (format, stream) in all() {
        let both = [&stream[..], b"\0\0\0\0next"].concat();
        let mut rest = &both[..];
        let mut content = Vec::new();
        member_reader(format, &mut rest, Limits::default())
            .unwrap()
            .read_to_end(&mut content)
            .unwrap();
        assert_eq!(content, CONTENT, "{format}");
        assert!(rest.ends_with(b"next") && rest.len() <= 8, "{format}");
    }
}

#[test]
fn errors_end_the_stream() {
    let stream = gzip(CONTENT);
    let mut reader = reader(Format::Gzip, &stream[..20], Limits::default()).unwrap();
    let mut content = Vec::new();
    assert!(reader.read_to_end(&mut content).is_err());
    assert_eq!(reader.read(&mut [0; 10]).unwrap(), 0);
}

#[test]
fn content_size_is_that_of_the_header_or_index() {
    let size = CONTENT.len() as u64;
    for (format, stream) in all() {
        let expected = match format {
            Format::Xz | Format::Zstd | Format::Lz4 => Some(size),
            _ => None,
        };
        assert_eq!(content_size(format, &stream), expected, "{format}");
        for length in 0..stream.len() {
            let _ = content_size(format, &stream[..length].to_vec());
        }
    }
    let two = [xz(CONTENT), vec![0; 8], xz(CONTENT)].concat();
    assert_eq!(content_size(Format::Xz, &two), Some(2 * size));
    assert_eq!(content_size(Format::Xz, &vec![0; 100]), None);
    assert_eq!(
        content_size(Format::Xz, &b"....\xff\xff\xff\xff\0\x01YZ".to_vec()),
        None
    );
}
