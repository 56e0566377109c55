//! Fields and positions of on-disk structures, which are all little-endian.

use file_system::Error;
pub(crate) use file_system::bytes::{array_at, position, u8_at, u16_at, u32_at, u64_at};

/// Returns the next multiple of `unit`, which is not zero.
pub(crate) fn round_up(value: u64, unit: u64) -> Result<u64, Error> {
    let rounded = value.checked_next_multiple_of(unit);
    rounded.ok_or_else(|| beyond_64_bits("a position"))
}

/// The error for a number that does not fit into 64 bits, where no valid image has one.
pub(crate) fn beyond_64_bits(what: &str) -> Error {
    Error::corrupt(format!("{what} is beyond 2^64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiples_beyond_64_bits_are_errors() {
        assert_eq!(round_up(33, 32).unwrap(), 64);
        assert!(round_up(u64::MAX, 32).is_err());
    }
}
