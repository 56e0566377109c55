//! Tables of finite state entropy, and the streams of bits that use them: RFC 8878, section 4.1.

/// The maximum logarithm of the size of a table for sequences.
const MAX_LOG: u32 = 9;
/// The minimum logarithm, to which that in the image is added.
const MIN_LOG: u32 = 5;
/// More than the codes that any table has.
const MAX_SYMBOLS: usize = 64;

/// A decoding table.
pub(super) struct Table {
    pub(super) log: u32,
    cells: Vec<Cell>,
}

/// The state of a decoder.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cell {
    pub(super) symbol: u8,
    /// The number of bits that are added to `base` for the next state.
    bits: u8,
    base: u16,
}

impl Cell {
    pub(super) fn next(self, bits: &mut Bits<'_>) -> Option<usize> {
        Some(usize::from(self.base) + bits.read(self.bits.into())? as usize)
    }
}

impl Table {
    /// A table with one symbol, which takes no bits.
    pub(super) fn single(symbol: u8) -> Self {
        let cell = Cell {
            symbol,
            ..Cell::default()
        };
        Table {
            log: 0,
            cells: vec![cell],
        }
    }

    /// Builds a table of 2^`log` cells. A count of -1 is a symbol with less than one cell's probability.
    pub(super) fn new(log: u32, counts: &[i16]) -> Option<Self> {
        let size = 1_usize << log;
        let mut cells = vec![Cell::default(); size];
        let mut end = size;
        for (symbol, _) in (0..).zip(counts).filter(|(_, count)| **count == -1) {
            end = end.checked_sub(1)?;
            cells.get_mut(end)?.symbol = symbol;
        }
        let mut position = 0;
        for (symbol, count) in (0..).zip(counts) {
            for _ in 0..(*count).max(0) {
                cells.get_mut(position)?.symbol = symbol;
                // Visits each cell once before it is at 0 again; ends, as the counts add up to the size.
                loop {
                    position = (position + (size >> 1) + (size >> 3) + 3) & (size - 1);
                    if position < end || end == 0 {
                        break;
                    }
                }
            }
        }
        let mut next: Vec<u16> = counts.iter().map(|count| count.unsigned_abs()).collect();
        for cell in &mut cells {
            let next = next.get_mut(usize::from(cell.symbol))?;
            cell.bits = log.checked_sub(next.checked_ilog2()?)? as u8;
            cell.base = ((usize::from(*next) << cell.bits) - size) as u16;
            *next += 1;
        }
        Some(Table { log, cells })
    }

    /// Parses the description of a table at the beginning of `bytes`, and returns what follows.
    pub(super) fn parse(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let mut position = 0;
        // Bits beyond the end are zeros; the end is checked last.
        let mut read = |count: u32, used: &dyn Fn(u32) -> u32| {
            let byte = |at: usize| u32::from(bytes.get(at).copied().unwrap_or_default());
            let at = position / 8;
            let value = byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16;
            let value = (value >> (position % 8)) & ((1 << count) - 1);
            position += used(value) as usize;
            value
        };
        let log = read(4, &|_| 4) + MIN_LOG;
        if log > MAX_LOG {
            return None;
        }
        let mut counts = Vec::new();
        let mut left = 1_u32 << log;
        while left > 0 {
            // Values from 0 to left + 1, of which the small ones take a bit less.
            let count = (left + 1).ilog2() + 1;
            let low = (1 << (count - 1)) - 1;
            let short = (1 << count) - 1 - (left + 1);
            let is_short = |value: u32| value & low < short;
            let value = read(count, &|value| count - u32::from(is_short(value)));
            let value = match value {
                value if is_short(value) => value & low,
                value if value > low => value - short,
                value => value,
            };
            counts.push(value as i16 - 1);
            left = left.checked_sub(if value == 0 { 1 } else { value - 1 })?;
            let mut has_zeros = value == 1;
            while has_zeros && counts.len() <= MAX_SYMBOLS {
                let zeros = read(2, &|_| 2);
                counts.extend((0..zeros).map(|_| 0));
                has_zeros = zeros == 3;
            }
            if counts.len() > MAX_SYMBOLS {
                return None;
            }
        }
        let rest = bytes.get(position.div_ceil(8)..)?;
        Some((Table::new(log, &counts)?, rest))
    }

    pub(super) fn cell(&self, state: usize) -> Option<Cell> {
        self.cells.get(state).copied()
    }
}

/// Reads bits from the last byte to the first.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The number of bits that are left.
    left: usize,
}

impl<'a> Bits<'a> {
    /// The highest bit that is set in the last byte marks the end.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let mark = bytes.last()?.checked_ilog2()? as usize;
        Some(Bits {
            bytes,
            left: (bytes.len() - 1) * 8 + mark,
        })
    }

    /// Reads up to 32 bits; `None` if fewer are left.
    pub(super) fn read(&mut self, count: u32) -> Option<u64> {
        self.left = self.left.checked_sub(count as usize)?;
        let rest = self.bytes.get(self.left / 8..)?;
        let mut word = [0; 8];
        let length = rest.len().min(8);
        word.get_mut(..length)?.copy_from_slice(rest.get(..length)?);
        let value = u64::from_le_bytes(word) >> (self.left % 8);
        Some(value & ((1_u64 << count.min(32)) - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The predefined table for lengths of literals in appendix A of RFC 8878.
    #[test]
    fn builds_the_table_of_the_specification() {
        let counts = [
            4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1,
            1, 1, 1, -1, -1, -1, -1,
        ];
        let table = Table::new(6, &counts).unwrap();
        for (state, symbol, bits, base) in [
            (0, 0, 4, 0),
            (1, 0, 4, 16),
            (2, 1, 5, 32),
            (3, 3, 5, 0),
            (63, 32, 6, 0),
            (60, 35, 6, 0),
        ] {
            let cell = table.cell(state).unwrap();
            assert_eq!((cell.symbol, cell.bits, cell.base), (symbol, bits, base));
        }
        assert!(table.cell(64).is_none());
    }

    #[test]
    fn rejects_large_tables_and_truncated_descriptions() {
        assert!(Table::parse(&[5, 0, 0, 0]).is_none());
        assert!(Table::parse(&[]).is_none());
        assert!(Table::parse(&[0xff; 90]).is_none());
    }

    #[test]
    fn reads_bits_from_the_end() {
        let mut bits = Bits::new(&[0b1010_0110, 0b0000_1101]).unwrap();
        assert_eq!(bits.read(3), Some(0b101));
        assert_eq!(bits.read(0), Some(0));
        assert_eq!(bits.read(5), Some(0b10100));
        assert_eq!(bits.read(4), None);
        assert!(Bits::new(&[1, 0]).is_none());
        assert!(Bits::new(&[]).is_none());
    }
}
