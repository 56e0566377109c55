//! The indices of all streams of an xz file: "The .xz File Format", version 1.2.1, sections 2 and 4.

use flate2::Crc;
use read_at::ReadAt;

use crate::xz::number;

/// The size in bytes of the header and of the footer of a stream.
const EDGE: usize = 12;
/// The maximum size in bytes of all indices: those of about a million blocks.
const MAX_INDEX: u64 = 8 << 20;
/// The maximum number of streams that are followed, with 4 bytes of padding counted as one.
const MAX_STREAMS: usize = 1000;

/// The index of a stream.
pub(crate) struct StreamIndex {
    /// The offset in bytes of the first block.
    pub(crate) start: u64,
    /// The stream flags, which state the type of the blocks' checks.
    pub(crate) flags: [u8; 2],
    records: Vec<u8>,
}

impl StreamIndex {
    /// The unpadded size of each block, and the size of its content, in bytes.
    pub(crate) fn records(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let mut rest = self.records.as_slice();
        std::iter::from_fn(move || Some((number(&mut rest)?, number(&mut rest)?)))
    }

    /// Reads the index of the stream whose footer ends at `end`, and validates it.
    fn read(stream: &dyn ReadAt, end: u64, max_size: u64) -> Option<(Self, u64)> {
        let footer_start = end.checked_sub(EDGE as u64)?;
        let footer: [u8; EDGE] = read(stream, footer_start)?;
        let [c0, c1, c2, c3, a, b, c, d, flags @ .., b'Y', b'Z'] = footer else {
            return None;
        };
        let backward = [a, b, c, d];
        if crc32(&[&backward, &flags]) != [c0, c1, c2, c3] {
            return None;
        }
        let size = (u64::from(u32::from_le_bytes(backward)) + 1) * 4;
        let index_start = footer_start.checked_sub(size)?;
        if size > max_size {
            return None;
        }
        let mut bytes = vec![0; usize::try_from(size).ok()?];
        stream.read_exact_at(&mut bytes, index_start).ok()?;
        let records = parse_index(&bytes)?.to_vec();
        let mut index = StreamIndex {
            start: 0,
            flags,
            records,
        };
        let mut blocks: u64 = 0;
        for (unpadded, _) in index.records() {
            blocks = blocks.checked_add(unpadded.checked_next_multiple_of(4)?)?;
        }
        index.start = index_start.checked_sub(blocks)?;
        let start = index.start.checked_sub(EDGE as u64)?;
        (read(stream, start)? == header(flags)).then_some((index, start))
    }
}

/// Returns the records of an index.
fn parse_index(bytes: &[u8]) -> Option<&[u8]> {
    let (content, crc) = bytes.split_last_chunk::<4>()?;
    let (0, mut rest) = content.split_first()? else {
        return None;
    };
    if crc32(&[content]) != *crc {
        return None;
    }
    let count = number(&mut rest)?;
    let records = rest;
    for _ in 0..count {
        number(&mut rest)?;
        number(&mut rest)?;
    }
    let is_padding = rest.len() < 4 && rest.iter().all(|byte| *byte == 0);
    records
        .get(..records.len() - rest.len())
        .filter(|_| is_padding)
}

/// Returns the header of a stream with these flags.
pub(crate) fn header(flags: [u8; 2]) -> [u8; EDGE] {
    let [c0, c1, c2, c3] = crc32(&[&flags]);
    let [f0, f1] = flags;
    [0xfd, b'7', b'z', b'X', b'Z', 0, f0, f1, c0, c1, c2, c3]
}

/// The CRC32 of `parts`, as it is stored.
pub(crate) fn crc32(parts: &[&[u8]]) -> [u8; 4] {
    let mut crc = Crc::new();
    parts.iter().for_each(|part| crc.update(part));
    crc.sum().to_le_bytes()
}

fn read<const LENGTH: usize>(stream: &dyn ReadAt, offset: u64) -> Option<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    stream.read_exact_at(&mut bytes, offset).ok()?;
    Some(bytes)
}

/// Reads the indices of all streams, from the last stream to the first, and returns them in the order of the
/// file; `None` if one is invalid, or they exceed the limits.
pub(crate) fn read_all(stream: &dyn ReadAt) -> Option<Vec<StreamIndex>> {
    let mut end = stream.size();
    let mut left = MAX_INDEX;
    let mut indices = Vec::new();
    for _ in 0..MAX_STREAMS {
        if read(stream, end.checked_sub(4)?)? == [0; 4] {
            end = end.checked_sub(4)?;
            continue;
        }
        let (index, start) = StreamIndex::read(stream, end, left)?;
        left = left.checked_sub(index.records.len() as u64)?;
        indices.push(index);
        end = start;
        if end == 0 {
            indices.reverse();
            return Some(indices);
        }
    }
    None
}
