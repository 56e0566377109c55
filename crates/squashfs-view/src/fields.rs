//! Reads fields of on-disk structures, which are all little-endian.

use file_system::Error;

/// A sequence of bytes that is read from its beginning, field by field.
pub(crate) trait Fields {
    /// Fills `bytes` with the next bytes.
    fn read(&mut self, bytes: &mut [u8]) -> Result<(), Error>;

    fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], Error> {
        let mut bytes = [0; LENGTH];
        self.read(&mut bytes)?;
        Ok(bytes)
    }

    fn u16(&mut self) -> Result<u16, Error> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, Error> {
        self.array().map(u64::from_le_bytes)
    }

    /// Returns the next `length` bytes. The caller limits the length.
    fn bytes(&mut self, length: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; length];
        self.read(&mut bytes)?;
        Ok(bytes)
    }
}

impl Fields for &[u8] {
    fn read(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        let Some((first, rest)) = self.split_at_checked(bytes.len()) else {
            return Err(Error::corrupt(format!(
                "a structure ends after {} bytes, expected {}",
                self.len(),
                bytes.len()
            )));
        };
        bytes.copy_from_slice(first);
        *self = rest;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_fields_up_to_the_end() {
        let mut fields: &[u8] = &[1, 2, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 5, 6];
        assert_eq!(fields.u16().unwrap(), 0x0201);
        assert_eq!(fields.u32().unwrap(), 3);
        assert_eq!(fields.u64().unwrap(), 4);
        assert!(fields.u32().is_err());
        assert_eq!(fields.bytes(2).unwrap(), [5, 6]);
        assert!(fields.u16().is_err());
    }
}
