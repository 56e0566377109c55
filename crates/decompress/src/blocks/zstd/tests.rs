use super::super::tests::{content, open, read};
use super::*;

/// A frame without compression and without a checksum.
fn frame(content: &[u8]) -> Vec<u8> {
    let size = (content.len() as u32).to_le_bytes();
    let header = ((content.len() as u32) << 3 | 1).to_le_bytes();
    [b"\x28\xb5\x2f\xfd\xa0", &size[..], &header[..3], content].concat()
}

struct Table {
    flags: u8,
    /// The sizes of a frame and its content, and the checksum.
    entries: Vec<[u32; 3]>,
}

impl Table {
    fn bytes(&self) -> Vec<u8> {
        let length = if self.flags & 0x80 != 0 { 3 } else { 2 };
        let words = self.entries.iter().flat_map(|entry| &entry[..length]);
        let entries: Vec<u8> = words.flat_map(|word| word.to_le_bytes()).collect();
        let size = (entries.len() as u32 + 9).to_le_bytes();
        let count = (self.entries.len() as u32).to_le_bytes();
        let end = [&count[..], &[self.flags], &SEEK_MAGIC].concat();
        [&FRAME_MAGIC[..], &size, &entries, &end].concat()
    }
}

/// Frames with 4096 bytes of content, behind a skippable one, and their table.
fn frames(content: &[u8]) -> (Vec<u8>, Table) {
    let mut stream = b"\x50\x2a\x4d\x18\x04\0\0\0skip".to_vec();
    let mut entries = vec![[stream.len() as u32, 0, checksum(b"")]];
    for part in content.chunks(4096) {
        let frame = frame(part);
        entries.push([frame.len() as u32, part.len() as u32, checksum(part)]);
        stream.extend(frame);
    }
    let flags = 0x80;
    (stream, Table { flags, entries })
}

/// Frames with 4096 bytes of content and a seek table.
pub(in super::super) fn seekable(content: &[u8], has_checksums: bool) -> Vec<u8> {
    let (mut stream, mut table) = frames(content);
    table.flags = u8::from(has_checksums) << 7;
    stream.extend(table.bytes());
    stream
}

fn open_changed(change: impl FnOnce(&mut Table)) -> Result<Vec<u8>, String> {
    let (mut stream, mut table) = frames(&content());
    change(&mut table);
    stream.extend(table.bytes());
    read(&open(Format::Zstd, &stream).ok_or("not used")?)
}

#[test]
fn tables_that_do_not_match_are_errors() {
    for change in [
        |table: &mut Table| table.entries[1][1] -= 1,
        |table: &mut Table| table.entries[1][1] += 1,
        |table: &mut Table| table.entries[1][2] ^= 1,
        |table: &mut Table| {
            table.entries[1][0] -= 1;
            table.entries[2][0] += 1;
        },
        |table: &mut Table| {
            table.entries[1][0] += 1;
            table.entries[2][0] -= 1;
        },
        |table: &mut Table| table.entries.swap(0, 1),
    ] {
        let error = open_changed(change).unwrap_err();
        assert!(error.starts_with("zstd: block 0 at "), "{error}");
    }
}

#[test]
fn tables_that_are_invalid_or_beyond_the_limits_are_not_used() {
    for change in [
        |table: &mut Table| table.flags |= 0x40,
        |table: &mut Table| table.entries[1][0] += 1,
        |table: &mut Table| table.entries[1][0] -= 1,
        |table: &mut Table| table.entries[0][0] = u32::MAX,
        |table: &mut Table| table.entries[1][1] = u32::MAX,
        |table: &mut Table| table.entries[1][1] = (24 << 20) + 1,
        |table: &mut Table| table.entries.resize(MAX_BLOCKS + 1, [0, 1, 0]),
        |table: &mut Table| table.entries.truncate(2),
    ] {
        assert_eq!(open_changed(change), Err("not used".to_owned()));
    }
    assert_eq!(open_changed(|_| ()), Ok(content()));
    assert_eq!(open_changed(|table| table.flags |= 3), Ok(content()));
}

#[test]
fn checksums_are_the_low_half_of_xxh64() {
    // XXH64 of nothing is 0xef46db3751d8e999.
    assert_eq!(checksum(b""), 0x51d8_e999);
}

#[test]
fn windows_beyond_the_limit_are_not_used() {
    let (mut stream, table) = frames(&content());
    // The first frame with a window of 32 MiB instead of a single segment: as many bytes of header.
    let header = [0x28, 0xb5, 0x2f, 0xfd, 0x40, 15 << 3];
    let at = table.entries[0][0] as usize;
    let size = u16::to_le_bytes(4096 - 256);
    stream[at..at + 8].copy_from_slice(&[&header[..], &size].concat());
    stream.remove(at + 8);
    let mut table = table;
    table.entries[1][0] -= 1;
    let mut small = stream.clone();
    small[at + 5] = 10 << 3;
    for (mut stream, is_used) in [(stream, false), (small, true)] {
        stream.extend(table.bytes());
        let blocks = open(Format::Zstd, &stream);
        assert_eq!(blocks.is_some(), is_used);
        if let Some(blocks) = blocks {
            assert_eq!(read(&blocks), Ok(content()));
        }
    }
}
