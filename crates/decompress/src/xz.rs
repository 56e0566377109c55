//! xz streams: the memory that they need. Source of the format: "The .xz File Format", version 1.2.1.

use std::io::{self, BufRead, Read};

use lzma_rust2::XzReader as Decoder;

use crate::member::Member;
use crate::source::Source;
use crate::{Error, Limits};

/// A reader of one stream, with all its blocks and its index.
pub(crate) struct XzReader<R: BufRead> {
    decoder: Decoder<Source<R>>,
    allowed: u64,
}

impl<R: BufRead> XzReader<R> {
    pub(crate) fn new(mut source: Source<R>, limits: Limits) -> Result<Self, Error> {
        let allowed = limits.xz;
        let mut header = source.read_array::<13>()?.to_vec();
        // With its own byte; 0 is the index of an empty stream.
        if let Some(size @ 1..) = header.last().copied() {
            let size = u64::from(size) * 4 + 3;
            let start = header.len();
            (&mut source).take(size).read_to_end(&mut header)?;
            let block = header.get(start..).unwrap_or_default();
            let needed = dictionary_size(block).unwrap_or_default() + OVERHEAD;
            if needed > allowed {
                return Err(Error::Memory { needed, allowed });
            }
        }
        source.put_back(header);
        let limit = u32::try_from(allowed >> 10).unwrap_or(u32::MAX - 1);
        let decoder = Decoder::new_mem_limit(source, false, limit);
        Ok(XzReader { decoder, allowed })
    }
}

/// What the decoder needs besides the dictionary: `get_memory_usage()` of lzma-rust2.
pub(crate) const OVERHEAD: u64 = 104 << 10;

/// Returns the size in bytes of the dictionary from the header of a block, after its size; `None` if the
/// header is invalid, which the decoder reports (sections 3.1 and 5.3.1).
fn dictionary_size(block: &[u8]) -> Option<u64> {
    match *block.get(lzma2_properties(block)?)? {
        40 => Some(u32::MAX.into()),
        bits @ 0..40 => Some(dictionary_bits_size(bits)),
        _ => None,
    }
}

/// Returns the size in bytes of the dictionary that `bits` stand for, below 40.
pub(crate) fn dictionary_bits_size(bits: u8) -> u64 {
    u64::from(2 | bits & 1) << (bits / 2 + 11)
}

/// Returns where the byte with the size of the dictionary is in the header of a block, after its size.
pub(crate) fn lzma2_properties(block: &[u8]) -> Option<usize> {
    const TWO_SIZES: u8 = 0xc0;
    const LZMA2: u64 = 0x21;
    let (flags, mut rest) = block.split_first()?;
    for _ in 0..(flags & TWO_SIZES).count_ones() {
        number(&mut rest)?;
    }
    for _ in 0..=flags & 3 {
        let id = number(&mut rest)?;
        let size = usize::try_from(number(&mut rest)?).ok()?;
        let (properties, others) = rest.split_at_checked(size)?;
        if id == LZMA2 && properties.len() == 1 {
            return block.len().checked_sub(rest.len());
        }
        rest = others;
    }
    None
}

/// Reads a number of 1 to 9 bytes with 7 bits each (section 1.2).
pub(crate) fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

impl<R: BufRead> Read for XzReader<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.decoder
            .read(bytes)
            .map_err(|error| match error.kind() {
                io::ErrorKind::OutOfMemory => Error::BlockMemory(self.allowed).into(),
                _ => error,
            })
    }
}

impl<R: BufRead> Member<R> for XzReader<R> {
    fn into_source(self: Box<Self>) -> Source<R> {
        self.decoder.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers() {
        let mut bytes = &[0x7f, 0x80, 0x01, 0xff][..];
        assert_eq!(number(&mut bytes), Some(127));
        assert_eq!(number(&mut bytes), Some(128));
        assert_eq!(number(&mut bytes), None);
        assert_eq!(number(&mut &[0x80; 20][..]), None);
    }

    #[test]
    fn reads_the_dictionary_size_from_a_block_header() {
        for (block, expected) in [
            (&[0x00, 0x21, 1, 22][..], Some(8 << 20)),
            (&[0xc0, 0x81, 1, 2, 0x21, 1, 23], Some(12 << 20)),
            (&[0x01, 4, 0, 0x21, 1, 28], Some(64 << 20)),
            (&[0x02, 3, 1, 0, 4, 0, 0x21, 1, 40], Some(u32::MAX.into())),
            (&[0x00, 0x21, 1, 41], None),
            (&[0x00, 4, 0], None),
            (&[0x01, 4, 200], None),
            (&[], None),
        ] {
            assert_eq!(dictionary_size(block), expected, "{block:?}");
        }
    }
}
