//! The size of the content of a compressed block (RFC 8878, sections 3.1.1.3.1 and 3.1.1.3.2).

use super::bits::Backward;
use super::fse::Table;

/// The tables for the lengths of literals, for offsets and for the lengths of matches; a block may use those of
/// the block before it.
#[derive(Default)]
pub(super) struct Sequences {
    tables: [Option<Table>; 3],
}

struct Code {
    max_log: usize,
    max_symbol: usize,
    default_log: u8,
    default_counts: &'static [i16],
}

/// Section 3.1.1.3.2.2.
const CODES: [Code; 3] = [
    Code {
        max_log: 9,
        max_symbol: 35,
        default_log: 6,
        default_counts: &[
            4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1,
            1, 1, 1, -1, -1, -1, -1,
        ],
    },
    Code {
        max_log: 8,
        max_symbol: 31,
        default_log: 5,
        default_counts: &[
            1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1,
            -1,
        ],
    },
    Code {
        max_log: 9,
        max_symbol: 52,
        default_log: 6,
        default_counts: &[
            1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
            1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
        ],
    },
];

/// The number of additional bits for each code of the length of literals, from 16 on.
const LITERAL_BITS: [u8; 20] = [
    1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
];

/// The smallest length and the number of additional bits for each code of the length of matches, from 32
/// on.
const MATCHES: [(usize, u8); 21] = [
    (35, 1),
    (37, 1),
    (39, 1),
    (41, 1),
    (43, 2),
    (47, 2),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 5),
    (131, 7),
    (259, 8),
    (515, 9),
    (1027, 10),
    (2051, 11),
    (4099, 12),
    (8195, 13),
    (16387, 14),
    (32771, 15),
    (65539, 16),
];

impl Sequences {
    /// Returns the size in bytes of the content of `block`; `None` if it is invalid.
    pub(super) fn content_size(&mut self, block: &[u8]) -> Option<usize> {
        let (literals, rest) = split_literals(block)?;
        let (count, rest) = match *rest {
            [0] => return Some(literals),
            [first @ 1..128, ref rest @ ..] => (first.into(), rest),
            [255, low, high, ref rest @ ..] => {
                (usize::from(u16::from_le_bytes([low, high])) + 0x7f00, rest)
            }
            [first @ 128..=254, low, ref rest @ ..] => {
                (((usize::from(first) - 128) << 8) + usize::from(low), rest)
            }
            _ => return None,
        };
        let (modes, mut rest) = rest.split_first()?;
        for ((code, table), shift) in CODES.iter().zip(&mut self.tables).zip([6, 4, 2]) {
            match modes >> shift & 3 {
                0 => *table = Table::new(code.default_counts, code.default_log),
                1 => {
                    let (symbol, others) = rest.split_first()?;
                    *table = Some(Table::single(*symbol));
                    rest = others;
                }
                2 => {
                    let (read, others) = Table::read(rest, code.max_log, code.max_symbol)?;
                    *table = Some(read);
                    rest = others;
                }
                _ => {}
            }
        }
        Some(literals + self.sum_matches(count, rest)?)
    }

    /// Returns the length of `count` matches in all.
    fn sum_matches(&self, count: usize, bytes: &[u8]) -> Option<usize> {
        let [Some(literals), Some(offsets), Some(matches)] = &self.tables else {
            return None;
        };
        let bits = &mut Backward::new(bytes)?;
        let mut literal = literals.start(bits)?;
        let mut offset = offsets.start(bits)?;
        let mut matched = matches.start(bits)?;
        let mut total = 0;
        for left in (0..count).rev() {
            let offset_bits = offsets.symbol(offset).filter(|code| *code < 32)?;
            bits.read(offset_bits)?;
            let code = usize::from(matches.symbol(matched)?);
            total += match code.checked_sub(32) {
                Some(large) => {
                    let (base, length) = *MATCHES.get(large)?;
                    base + bits.read(length)?
                }
                None => code + 3,
            };
            if let Some(large) = usize::from(literals.symbol(literal)?).checked_sub(16) {
                bits.read(*LITERAL_BITS.get(large)?)?;
            }
            if left > 0 {
                literal = literals.next(literal, bits)?;
                matched = matches.next(matched, bits)?;
                offset = offsets.next(offset, bits)?;
            }
        }
        Some(total)
    }
}

/// Returns the size in bytes of the content of the literals section, and the bytes behind it.
fn split_literals(block: &[u8]) -> Option<(usize, &[u8])> {
    let mut header = [0; 8];
    header
        .iter_mut()
        .zip(block)
        .for_each(|(to, from)| *to = *from);
    let word = u64::from_le_bytes(header);
    let (kind, format) = (word & 3, word >> 2 & 3);
    const RAW: u64 = 0;
    const RUN: u64 = 1;
    let (header, content, stored) = if kind == RAW || kind == RUN {
        let (header, content) = match format {
            1 => (2, word >> 4 & 0xfff),
            3 => (3, word >> 4 & 0xf_ffff),
            _ => (1, word >> 3 & 0x1f),
        };
        (header, content, if kind == RUN { 1 } else { content })
    } else {
        let (header, bits) = match format {
            2 => (4, 14),
            3 => (5, 18),
            _ => (3, 10),
        };
        let mask = (1 << bits) - 1;
        (header, word >> 4 & mask, word >> (4 + bits) & mask)
    };
    Some((content as usize, block.get(header + stored as usize..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_counts_fill_their_tables() {
        for code in &CODES {
            let sum: u16 = code
                .default_counts
                .iter()
                .map(|count| count.unsigned_abs())
                .sum();
            assert_eq!(sum, 1 << code.default_log);
            assert!(code.default_counts.len() <= code.max_symbol + 1);
        }
    }

    /// A block of 1 literal and matches whose codes are all the same: `code`, of 16 additional bits, which are
    /// ones.
    fn block(count: u8, code: u8) -> Vec<u8> {
        let modes = 0b0101_0100;
        let mut block = vec![1 << 3, b'a', count, modes, 0, 0, code];
        block.extend(vec![0xff; 2 * usize::from(count)]);
        block.push(1);
        block
    }

    #[test]
    fn adds_up_literals_and_matches() {
        let size = |block: &[u8]| Sequences::default().content_size(block);
        assert_eq!(size(&[1 << 3, b'a', 0]), Some(1));
        assert_eq!(size(&block(1, 52)), Some(1 + 65539 + 65535));
        assert_eq!(size(&block(100, 52)), Some(1 + 100 * (65539 + 65535)));
        assert_eq!(size(&block(100, 0)), Some(1 + 300));
        assert_eq!(size(&block(100, 53)), None);
        let whole = block(2, 52);
        for length in 0..whole.len() {
            assert_eq!(size(&whole[..length]), None, "{length}");
        }
        // It reuses the tables of the block before, but this is the first block.
        assert_eq!(size(&[1 << 3, b'a', 1, 0b1111_1100, 1]), None);
    }
}
