//! The state of the device.

use crate::Error;
use crate::fields::Fields;

/// The device's answer to [`control::STATUS`](crate::control::STATUS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Whether the device uses an export.
    pub is_active: bool,
    /// The number of exports.
    pub exports: u32,
    /// The number of the session, which changes when the device restarts or begins another session.
    pub session: u64,
}

const ACTIVE: u16 = 1;

impl Status {
    /// The length of the message, in bytes.
    pub const LENGTH: usize = 16;

    /// The message.
    pub fn encode(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[2..4].copy_from_slice(&u16::from(self.is_active).to_le_bytes());
        bytes[4..8].copy_from_slice(&self.exports.to_le_bytes());
        bytes[8..].copy_from_slice(&self.session.to_le_bytes());
        bytes
    }

    /// Parses the message.
    ///
    /// # Errors
    /// Length, version, or unknown flags.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let fields = Fields::<{ Self::LENGTH }>::new("STATUS", bytes)?;
        fields.require_zero("version", fields.u16(0))?;
        let flags = fields.u16(2);
        if flags & !ACTIVE != 0 {
            return Err(fields.invalid("flags", "0 or 1", flags));
        }
        Ok(Status {
            is_active: flags != 0,
            exports: fields.u32(4),
            session: fields.u64(8),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: [u8; 16] = [0, 0, 1, 0, 2, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1];

    #[test]
    fn encodes_and_parses() {
        let status = Status {
            is_active: true,
            exports: 2,
            session: 0x0102_0304_0506_0708,
        };
        assert_eq!(status.encode(), BYTES);
        assert_eq!(Status::parse(&BYTES), Ok(status));
    }

    #[test]
    fn rejects_versions_flags_and_lengths() {
        let parse = |index: usize, value| {
            let mut bytes = BYTES;
            bytes[index] = value;
            Status::parse(&bytes).unwrap_err().to_string()
        };
        assert_eq!(parse(0, 1), "STATUS: version: expected 0, found 0x1");
        assert_eq!(parse(2, 2), "STATUS: flags: expected 0 or 1, found 0x2");
        assert!(Status::parse(&BYTES[..15]).is_err());
    }
}
