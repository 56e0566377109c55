//! Tables of finite state entropy (RFC 8878, section 4.1).

use super::bits::{Backward, Forward};

/// A state: its symbol, and how the next state follows.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    symbol: u8,
    bits: u8,
    base: u16,
}

#[derive(Debug, Clone)]
pub(super) struct Table {
    states: Vec<State>,
    /// The binary logarithm of the number of states.
    log: u8,
}

impl Table {
    /// The table of a single symbol.
    pub(super) fn single(symbol: u8) -> Self {
        let state = State {
            symbol,
            ..State::default()
        };
        Table {
            states: vec![state],
            log: 0,
        }
    }

    /// Reads the description of a table with at most `max_log` as its logarithm and symbols up to
    /// `max_symbol`, and returns the bytes behind it.
    pub(super) fn read(bytes: &[u8], max_log: usize, max_symbol: usize) -> Option<(Self, &[u8])> {
        let mut bits = Forward::new(bytes);
        let log = bits.peek(4) + 5;
        bits.skip(4);
        if log > max_log {
            return None;
        }
        let mut left = 1_usize << log;
        let mut counts: Vec<i16> = Vec::new();
        while left > 0 && counts.len() <= max_symbol {
            // A value up to left + 1, of which the small ones are a bit shorter.
            let length = (usize::BITS - (left + 1).leading_zeros()) as usize;
            let short = (1 << length) - 1 - (left + 1);
            let low = bits.peek(length - 1);
            let value = if low < short {
                bits.skip(length - 1);
                low
            } else {
                let full = bits.peek(length);
                bits.skip(length);
                if full < 1 << (length - 1) {
                    full
                } else {
                    full - short
                }
            };
            let count = value as i16 - 1;
            left = left.checked_sub(usize::from(count.unsigned_abs()))?;
            counts.push(count);
            if count == 0 {
                loop {
                    let zeros = bits.peek(2);
                    bits.skip(2);
                    counts.resize(counts.len() + zeros, 0);
                    if zeros < 3 || counts.len() > max_symbol {
                        break;
                    }
                }
            }
        }
        let is_valid = left == 0 && counts.len() <= max_symbol + 1;
        is_valid.then_some((Table::new(&counts, log as u8)?, bits.rest()?))
    }

    /// Builds the table for symbols with these counts, where -1 is "less than 1".
    pub(super) fn new(counts: &[i16], log: u8) -> Option<Self> {
        let size = 1_usize << log;
        let mut states = vec![State::default(); size];
        let mut end = size;
        let mut next: Vec<u16> = Vec::new();
        for (symbol, count) in (0..).zip(counts) {
            next.push(count.unsigned_abs());
            if *count == -1 {
                end = end.checked_sub(1)?;
                states.get_mut(end)?.symbol = symbol;
            }
        }
        let step = (size >> 1) + (size >> 3) + 3;
        let mut at = 0;
        for (symbol, count) in (0..).zip(counts) {
            for _ in 0..*count {
                states.get_mut(at)?.symbol = symbol;
                at = (at + step) % size;
                while at >= end {
                    at = (at + step) % size;
                }
            }
        }
        for state in &mut states {
            let next = next.get_mut(usize::from(state.symbol))?;
            state.bits = log.checked_sub(next.checked_ilog2()? as u8)?;
            state.base = (*next << state.bits).wrapping_sub(size as u16);
            *next += 1;
        }
        Some(Table { states, log })
    }

    /// Reads the first state.
    pub(super) fn start(&self, bits: &mut Backward<'_>) -> Option<usize> {
        bits.read(self.log)
    }

    pub(super) fn symbol(&self, state: usize) -> Option<u8> {
        Some(self.states.get(state)?.symbol)
    }

    /// Reads the state that follows.
    pub(super) fn next(&self, state: usize, bits: &mut Backward<'_>) -> Option<usize> {
        let state = self.states.get(state)?;
        Some(usize::from(state.base) + bits.read(state.bits)?)
    }
}
