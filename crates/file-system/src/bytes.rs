//! Reads little-endian fields of on-disk structures. A field beyond the end of the bytes is [`Error::Corrupt`].

use crate::Error;

/// Returns the `LENGTH` bytes at `offset`.
///
/// # Errors
/// [`Error::Corrupt`] if there are fewer.
pub fn array_at<const LENGTH: usize>(bytes: &[u8], offset: usize) -> Result<[u8; LENGTH], Error> {
    let field = bytes.get(offset..).and_then(|rest| rest.first_chunk());
    field.copied().ok_or_else(|| {
        let length = bytes.len();
        Error::corrupt(format!(
            "a structure ends after {length} bytes, expected a field at byte {offset}"
        ))
    })
}

/// Returns the number of 8 bits at `offset`.
///
/// # Errors
/// As [`array_at`].
pub fn u8_at(bytes: &[u8], offset: usize) -> Result<u8, Error> {
    array_at(bytes, offset).map(u8::from_le_bytes)
}

/// Returns the number of 16 bits at `offset`.
///
/// # Errors
/// As [`array_at`].
pub fn u16_at(bytes: &[u8], offset: usize) -> Result<u16, Error> {
    array_at(bytes, offset).map(u16::from_le_bytes)
}

/// Returns the number of 32 bits at `offset`.
///
/// # Errors
/// As [`array_at`].
pub fn u32_at(bytes: &[u8], offset: usize) -> Result<u32, Error> {
    array_at(bytes, offset).map(u32::from_le_bytes)
}

/// Returns the number of 64 bits at `offset`.
///
/// # Errors
/// As [`array_at`].
pub fn u64_at(bytes: &[u8], offset: usize) -> Result<u64, Error> {
    array_at(bytes, offset).map(u64::from_le_bytes)
}

/// Returns the position in bytes of unit number `count`, each of `unit` bytes, from `base` on.
///
/// # Errors
/// [`Error::Corrupt`] beyond 2^64.
pub fn position(base: u64, count: u64, unit: u64) -> Result<u64, Error> {
    let offset = count.checked_mul(unit);
    let position = offset.and_then(|offset| base.checked_add(offset));
    position.ok_or_else(|| Error::corrupt("a position is beyond 2^64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_beyond_the_end_are_errors() {
        assert_eq!(u16_at(&[1, 2, 3], 1).unwrap(), 0x0302);
        let message = u16_at(&[1, 2, 3], 2).unwrap_err().to_string();
        assert!(message.contains("after 3 bytes"), "{message}");
        assert!(u32_at(&[], usize::MAX).is_err());
        assert_eq!(u64_at(&[1, 0, 0, 0, 0, 0, 0, 0], 0).unwrap(), 1);
    }

    #[test]
    fn positions_beyond_64_bits_are_errors() {
        assert_eq!(position(1, 2, 3).unwrap(), 7);
        assert!(position(1, u64::MAX, 1).is_err());
        assert!(position(0, u64::MAX, 2).is_err());
    }
}
