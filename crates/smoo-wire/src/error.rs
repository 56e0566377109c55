//! The error type.

use std::fmt;

/// The reason why bytes are not a valid message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The message has another length.
    Length {
        /// The message.
        message: &'static str,
        /// The length that the protocol defines, in bytes; for a list, its minimum.
        expected: usize,
        /// The length of what was received, in bytes.
        found: usize,
    },
    /// A field has a value that the protocol does not allow.
    Field {
        /// The message.
        message: &'static str,
        /// The field.
        field: &'static str,
        /// The valid values, as a phrase.
        expected: &'static str,
        /// What was received.
        found: u64,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Length {
                message,
                expected,
                found,
            } => write!(f, "{message}: expected {expected} bytes, found {found}"),
            Error::Field {
                message,
                field,
                expected,
                found,
            } => write!(
                f,
                "{message}: {field}: expected {expected}, found {found:#x}"
            ),
        }
    }
}

impl std::error::Error for Error {}
