//! What a device sends.

use crate::text;

/// A reply to a command. Its texts are safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The command succeeded, with its result.
    Okay(String),
    /// The command failed, with the reason.
    Fail(String),
    /// A line for the user; another reply follows.
    Info(String),
    /// A part of a line for the user; another reply follows.
    Text(String),
    /// The device expects a number of bytes.
    Data(u32),
}

impl Reply {
    /// Parses a reply. `None` if it is not a valid one.
    ///
    /// Bytes from a NUL on and white space around a text are ignored: ABL's `DATA` has 13 bytes, and other boot
    /// loaders send their whole buffer, or end texts with a newline.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first_chunk()?;
        let text = text::clean(rest);
        match kind {
            b"OKAY" => Some(Reply::Okay(text)),
            b"FAIL" => Some(Reply::Fail(text)),
            b"INFO" => Some(Reply::Info(text)),
            b"TEXT" => Some(Reply::Text(text)),
            // `from_str_radix` would accept a sign.
            b"DATA" if text.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
                u32::from_str_radix(&text, 16).ok().map(Reply::Data)
            }
            _ => None,
        }
    }

    /// Whether bytes start like a reply.
    pub(crate) fn is_start(bytes: &[u8]) -> bool {
        let kind = bytes.get(..4).unwrap_or_default();
        matches!(kind, b"OKAY" | b"FAIL" | b"INFO" | b"TEXT" | b"DATA")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_each_kind() {
        let text = || "x y".to_owned();
        assert_eq!(Reply::parse(b"OKAYx y"), Some(Reply::Okay(text())));
        assert_eq!(Reply::parse(b"FAILx y"), Some(Reply::Fail(text())));
        assert_eq!(Reply::parse(b"INFOx y"), Some(Reply::Info(text())));
        assert_eq!(Reply::parse(b"TEXTx y"), Some(Reply::Text(text())));
        assert_eq!(Reply::parse(b"DATA0000c0de"), Some(Reply::Data(0xc0de)));
        assert_eq!(Reply::parse(b"OKAY"), Some(Reply::Okay(String::new())));
    }

    #[test]
    fn ignores_everything_from_a_nul_on() {
        assert_eq!(Reply::parse(b"DATA0000c0de\0"), Some(Reply::Data(0xc0de)));
        let padded = [&b"OKAYyes\n\0stack"[..], &[0; 50]].concat();
        assert_eq!(Reply::parse(&padded), Some(Reply::Okay("yes".to_owned())));
    }

    #[test]
    fn rejects_other_bytes() {
        let invalid: [&[u8]; 9] = [
            b"",
            b"OKA",
            b"okay",
            b"\0OKAY",
            b"DATA",
            b"DATA+0000001",
            b"DATA1ffffffff",
            b"DATAxyz",
            b"\xff\xff\xff\xff",
        ];
        for bytes in invalid {
            assert_eq!(Reply::parse(bytes), None, "{bytes:?}");
        }
    }
}
