//! Checksums of metadata: `ext4_chksum` in the kernel's `fs/ext4/ext4.h`.

use crc::{CRC_16_MODBUS, CRC_32_ISCSI, Crc, Table};

static CRC_32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);
static CRC_16: Crc<u16> = Crc::<u16>::new(&CRC_16_MODBUS);

/// A CRC-32C of parts, without the inversion at its end, as ext4 and jbd2 store it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Checksum(u32);

impl Checksum {
    /// The checksum of nothing.
    pub(crate) const EMPTY: Checksum = Checksum(u32::MAX);

    /// A checksum that is stored, to be continued.
    pub(crate) fn from_value(value: u32) -> Self {
        Checksum(value)
    }

    /// Continues with the bytes of another part.
    pub(crate) fn update(self, bytes: &[u8]) -> Self {
        let mut digest = CRC_32C.digest_with_initial(self.0.reverse_bits());
        digest.update(bytes);
        Checksum(!digest.finalize())
    }

    /// Continues with bytes in which the field of `length` bytes at `offset` counts as zeros.
    pub(crate) fn update_without(self, bytes: &[u8], offset: usize, length: usize) -> Self {
        let (before, rest) = bytes.split_at(offset.min(bytes.len()));
        let (field, behind) = rest.split_at(length.min(rest.len()));
        let mut sum = self.update(before);
        for _ in field {
            sum = sum.update(&[0]);
        }
        sum.update(behind)
    }

    pub(crate) fn value(self) -> u32 {
        self.0
    }

    /// The lower 16 bits, where a field has no more.
    pub(crate) fn low(self) -> u16 {
        let [a, b, ..] = self.0.to_le_bytes();
        u16::from_le_bytes([a, b])
    }
}

/// The CRC-16 of parts, as the feature `uninit_bg` uses it.
pub(crate) fn crc_16(parts: &[&[u8]]) -> u16 {
    let mut digest = CRC_16.digest();
    for part in parts {
        digest.update(part);
    }
    digest.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computes_the_known_values() {
        // The check values of CRC-32/ISCSI and CRC-16/MODBUS in the catalogue of CRC algorithms.
        let sum = Checksum::EMPTY.update(b"1234").update(b"56789");
        assert_eq!(sum.value(), !0xe306_9283);
        assert_eq!(sum.low(), !0x9283);
        assert_eq!(crc_16(&[b"1234", b"56789"]), 0x4b37);
    }

    #[test]
    fn left_out_fields_count_as_zeros() {
        let sum = Checksum::EMPTY.update(b"ab\0\0cd");
        assert_eq!(Checksum::EMPTY.update_without(b"abxycd", 2, 2), sum);
        let sum = Checksum::from_value(7).update(b"ab\0");
        assert_eq!(Checksum::from_value(7).update_without(b"abx", 2, 9), sum);
    }
}
