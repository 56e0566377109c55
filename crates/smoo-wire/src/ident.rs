//! The version of the protocol.

use crate::Error;
use crate::fields::Fields;

/// The device's answer to [`control::IDENT`](crate::control::IDENT): that it speaks the protocol, and which version of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ident {
    /// Versions with different major numbers are not compatible.
    pub major: u16,
    /// The minor number.
    pub minor: u16,
}

const MAGIC: [u8; 4] = *b"SMOO";

impl Ident {
    /// The length of the message, in bytes.
    pub const LENGTH: usize = 8;
    /// The version of this crate.
    pub const CURRENT: Self = Ident { major: 0, minor: 1 };

    /// The message.
    pub fn encode(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..6].copy_from_slice(&self.major.to_le_bytes());
        bytes[6..].copy_from_slice(&self.minor.to_le_bytes());
        bytes
    }

    /// Parses the message. Any version is valid.
    ///
    /// # Errors
    /// The length, or the magic number.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let fields = Fields::<{ Self::LENGTH }>::new("IDENT", bytes)?;
        let magic = fields.u32(0);
        if magic != u32::from_le_bytes(MAGIC) {
            return Err(fields.invalid("magic number", "0x4f4f4d53 (SMOO)", magic));
        }
        Ok(Ident {
            major: fields.u16(4),
            minor: fields.u16(6),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_and_parses() {
        let bytes = *b"SMOO\x00\x00\x01\x00";
        assert_eq!(Ident::CURRENT.encode(), bytes);
        assert_eq!(Ident::parse(&bytes), Ok(Ident::CURRENT));
    }

    #[test]
    fn rejects_other_devices() {
        let error = Ident::parse(b"SMOP\x00\x00\x01\x00").unwrap_err();
        let expected = "IDENT: magic number: expected 0x4f4f4d53 (SMOO), found 0x504f4d53";
        assert_eq!(error.to_string(), expected);
        let error = Ident::parse(b"SMOO").unwrap_err();
        assert_eq!(error.to_string(), "IDENT: expected 8 bytes, found 4");
    }
}
