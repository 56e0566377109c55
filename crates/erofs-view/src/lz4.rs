//! Decompresses LZ4 blocks, also only their beginning, from the description of the format in lz4's
//! `doc/lz4_Block_format.md`.

/// Returns the first `length` bytes that `input` decompresses to; `None` if it is damaged or has fewer.
/// What follows in `input` is ignored.
///
/// Not lz4_flex: it cannot stop before the end of a block, where parts that are shared between files, and
/// clusters without padding, need it.
pub(crate) fn decompress(input: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut output = Vec::with_capacity(length);
    let mut input = Input(input);
    while output.len() < length {
        let token = usize::from(input.next()?);
        let count = input.length(token >> 4)?;
        let literals = input.take(count.min(length - output.len()))?;
        output.extend_from_slice(literals);
        if output.len() == length {
            break;
        }
        let distance = usize::from(u16::from_le_bytes([input.next()?, input.next()?]));
        let count = input.length(token & 15)?.checked_add(MIN_MATCH)?;
        let count = count.min(length - output.len());
        copy_match(&mut output, distance, count)?;
    }
    Some(output)
}

const MIN_MATCH: usize = 4;
/// The length in a token that more bytes follow.
const LONG: usize = 15;

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// Returns a length that begins with that in the token.
    fn length(&mut self, mut length: usize) -> Option<usize> {
        if length == LONG {
            loop {
                let byte = self.next()?;
                length = length.checked_add(byte.into())?;
                if byte != u8::MAX {
                    break;
                }
            }
        }
        Some(length)
    }
}

/// Appends `count` bytes that begin `distance` bytes before the end, and may overlap with themselves.
fn copy_match(output: &mut Vec<u8>, distance: usize, mut count: usize) -> Option<()> {
    let start = output.len().checked_sub(distance)?;
    if distance == 0 {
        return None;
    }
    // Each round doubles what is there to copy.
    while count > 0 {
        let part = count.min(output.len() - start);
        output.extend_from_within(start..start + part);
        count -= part;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decompresses_literals_and_matches() {
        // "abc", 9 bytes from 3 before, "xy".
        let input = b"\x35abc\x03\0\x20xy";
        for (length, expected) in [(14, "abcabcabcabcxy"), (5, "abcab"), (2, "ab"), (0, "")] {
            assert_eq!(decompress(input, length).unwrap(), expected.as_bytes());
        }
        assert_eq!(decompress(input, 15), None);
    }

    #[test]
    fn decompresses_long_lengths() {
        let mut input = vec![0xf0, 255, 0];
        input.extend_from_slice(&[b'a'; 270]);
        assert_eq!(decompress(&input, 270).unwrap(), [b'a'; 270]);
        let input = b"\x1fa\x01\0\xff\x0a\x00";
        assert_eq!(decompress(input, 285).unwrap(), [b'a'; 285]);
    }

    #[test]
    fn rejects_damage() {
        for input in [
            &b""[..],
            b"\x30ab",
            b"\x10a\x02\0",
            b"\x10a\0\0",
            b"\x10a\x01",
            b"\xf0\xff",
            b"\x1fa\x01\0\xff",
        ] {
            assert_eq!(decompress(input, 100), None, "{input:?}");
        }
    }
}
