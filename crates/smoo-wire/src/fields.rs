//! Reads the fields of a message.

use crate::Error;

/// The bytes of a message whose length was checked.
pub(crate) struct Fields<'a, const LENGTH: usize> {
    message: &'static str,
    bytes: &'a [u8; LENGTH],
}

impl<'a, const LENGTH: usize> Fields<'a, LENGTH> {
    /// Checks the length.
    pub fn new(message: &'static str, bytes: &'a [u8]) -> Result<Self, Error> {
        let bytes = bytes.try_into().map_err(|_| Error::Length {
            message,
            expected: LENGTH,
            found: bytes.len(),
        })?;
        Ok(Fields { message, bytes })
    }

    /// The number of `SIZE` bytes at `position`, which is within the message.
    fn number<const SIZE: usize>(&self, position: usize) -> [u8; SIZE] {
        std::array::from_fn(|index| self.bytes[position + index])
    }

    pub fn u8(&self, position: usize) -> u8 {
        self.bytes[position]
    }

    pub fn u16(&self, position: usize) -> u16 {
        u16::from_le_bytes(self.number(position))
    }

    pub fn u32(&self, position: usize) -> u32 {
        u32::from_le_bytes(self.number(position))
    }

    pub fn u64(&self, position: usize) -> u64 {
        u64::from_le_bytes(self.number(position))
    }

    /// Returns an error unless `found` is zero.
    pub fn require_zero(&self, field: &'static str, found: impl Into<u64>) -> Result<(), Error> {
        let found = found.into();
        match found {
            0 => Ok(()),
            _ => Err(self.invalid(field, "0", found)),
        }
    }

    pub fn invalid(
        &self,
        field: &'static str,
        expected: &'static str,
        found: impl Into<u64>,
    ) -> Error {
        Error::Field {
            message: self.message,
            field,
            expected,
            found: found.into(),
        }
    }
}
