//! What the device asks for.

use std::num::NonZeroU32;

use crate::fields::Fields;
use crate::operation::OPERATIONS;
use crate::{Error, ExportId, Operation};

/// A request of the device: a range of blocks of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// What to do with the blocks.
    pub operation: Operation,
    /// Identifies the request among those of the export that were not answered.
    pub id: u32,
    /// The export.
    pub export: ExportId,
    /// The first block.
    pub block: u64,
    /// The number of blocks.
    pub blocks: u32,
}

impl Request {
    /// The length of the message, in bytes.
    pub const LENGTH: usize = 28;

    /// The message.
    pub fn encode(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[0] = self.operation as u8;
        bytes[4..8].copy_from_slice(&self.id.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.export.0.get().to_le_bytes());
        bytes[12..20].copy_from_slice(&self.block.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.blocks.to_le_bytes());
        bytes
    }

    /// Parses the message. Whether the export exists, and the blocks are within it, is up to the caller.
    ///
    /// # Errors
    /// Length, operation, reserved fields, flags, or the export 0.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let fields = Fields::<{ Self::LENGTH }>::new("request", bytes)?;
        fields.require_zero("reserved byte", fields.u8(1))?;
        Self::from_fields(&fields)
    }

    /// The fields that a response has too.
    pub(crate) fn from_fields(fields: &Fields<{ Self::LENGTH }>) -> Result<Self, Error> {
        let code = fields.u8(0);
        let operation = Operation::from_code(code)
            .ok_or_else(|| fields.invalid("operation", OPERATIONS, code))?;
        fields.require_zero("reserved bytes", fields.u16(2))?;
        fields.require_zero("flags", fields.u32(24))?;
        let export = NonZeroU32::new(fields.u32(8))
            .ok_or_else(|| fields.invalid("export", "a number other than 0", 0_u32))?;
        Ok(Request {
            operation,
            id: fields.u32(4),
            export: ExportId(export),
            block: fields.u64(12),
            blocks: fields.u32(20),
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    #[rustfmt::skip]
    pub const BYTES: [u8; 28] = [
        0, 0, 0, 0, 4, 3, 2, 1,
        5, 0, 0, 0, 8, 7, 6, 5,
        4, 3, 2, 1, 16, 0, 0, 0,
        0, 0, 0, 0,
    ];

    pub fn request() -> Request {
        Request {
            operation: Operation::Read,
            id: 0x0102_0304,
            export: ExportId(NonZeroU32::new(5).unwrap()),
            block: 0x0102_0304_0506_0708,
            blocks: 16,
        }
    }

    #[test]
    fn encodes_and_parses() {
        assert_eq!(request().encode(), BYTES);
        assert_eq!(Request::parse(&BYTES), Ok(request()));
    }

    #[test]
    fn parses_each_operation() {
        for (code, operation) in [
            (0, Operation::Read),
            (1, Operation::Write),
            (2, Operation::Flush),
            (3, Operation::Discard),
        ] {
            let mut bytes = BYTES;
            bytes[0] = code;
            assert_eq!(Request::parse(&bytes).unwrap().operation, operation);
            assert_eq!(Request::parse(&bytes).unwrap().encode(), bytes);
        }
    }

    #[test]
    fn rejects_each_invalid_field() {
        for (index, value, expected) in [
            (
                0,
                4,
                "request: operation: expected 0 (read), 1 (write), 2 (flush) or 3 (discard), found 0x4",
            ),
            (1, 1, "request: reserved byte: expected 0, found 0x1"),
            (2, 1, "request: reserved bytes: expected 0, found 0x1"),
            (
                8,
                0,
                "request: export: expected a number other than 0, found 0x0",
            ),
            (27, 1, "request: flags: expected 0, found 0x1000000"),
        ] {
            let mut bytes = BYTES;
            bytes[index] = value;
            assert_eq!(Request::parse(&bytes).unwrap_err().to_string(), expected);
        }
        for length in 0..BYTES.len() {
            assert!(Request::parse(&BYTES[..length]).is_err());
        }
        assert!(Request::parse(&[0; 29]).is_err());
    }
}
