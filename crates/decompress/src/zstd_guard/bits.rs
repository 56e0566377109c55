//! Reads bits: forward for tables, and backward for sequences (RFC 8878, section 4.1).

/// Reads from the lowest bit of the first byte on.
pub(super) struct Forward<'a> {
    bytes: &'a [u8],
    /// In bits.
    position: usize,
}

impl<'a> Forward<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Forward { bytes, position: 0 }
    }

    /// Returns the next `count` bits, at most 16, without consuming them; beyond the end they are 0.
    pub(super) fn peek(&self, count: usize) -> usize {
        low_bits(
            window(self.bytes, self.position / 8) >> (self.position % 8),
            count,
        )
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.position += count;
    }

    /// Returns the bytes behind that with the last bit; `None` if that is beyond the end.
    pub(super) fn rest(&self) -> Option<&'a [u8]> {
        self.bytes.get(self.position.div_ceil(8)..)
    }
}

/// Reads from the highest bit of the last byte on, below the 1 that marks the end.
pub(super) struct Backward<'a> {
    bytes: &'a [u8],
    /// The number of bits that are left.
    left: usize,
}

impl<'a> Backward<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let last = bytes.last().filter(|last| **last != 0)?;
        let left = bytes.len() * 8 - 1 - last.leading_zeros() as usize;
        Some(Backward { bytes, left })
    }

    /// Reads `count` bits, at most 32; `None` beyond the end.
    pub(super) fn read(&mut self, count: u8) -> Option<usize> {
        let count = usize::from(count);
        self.left = self.left.checked_sub(count)?;
        let bits = window(self.bytes, self.left / 8) >> (self.left % 8);
        Some(low_bits(bits, count))
    }
}

/// Returns the lowest `count` bits of `word`, at most 32.
fn low_bits(word: u64, count: usize) -> usize {
    (word & ((1 << count) - 1)) as usize
}

/// The 8 bytes from `at` on, or zeros beyond the end.
fn window(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    let word = rest.first_chunk().copied().unwrap_or_else(|| {
        let mut word = [0; 8];
        word.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        word
    });
    u64::from_le_bytes(word)
}
