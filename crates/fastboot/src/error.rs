//! The error type.

use std::io;

use crate::{MAX_INFO_BYTES, MAX_INFO_LINES, MAX_REPLY, Refusal, TransportError};

/// The reason why a device cannot be queried or booted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name of a variable cannot be sent.
    #[error("variable {name:?}: {reason}", name = .name.escape_default().to_string())]
    VariableName {
        /// The name.
        name: String,
        /// The rule that it violates, and the next step.
        reason: &'static str,
    },
    /// The transport failed.
    #[error("{command}: {cause}")]
    Transport {
        /// The command that was not finished.
        command: &'static str,
        /// The cause.
        cause: TransportError,
    },
    /// A reply that the protocol does not define, or not at this point.
    #[error("{command}: expected {expected}, found {found:?}; restart the boot loader")]
    Reply {
        /// The command.
        command: &'static str,
        /// The replies that are valid at this point.
        expected: &'static str,
        /// The beginning of the reply.
        found: String,
    },
    /// A reply of more than [`MAX_REPLY`] bytes.
    #[error("{0}: reply of more than {MAX_REPLY} bytes; restart the boot loader")]
    LongReply(&'static str),
    /// The device sends more INFO and TEXT than any command needs.
    #[error(
        "{0}: the device sends more than {MAX_INFO_LINES} messages or {MAX_INFO_BYTES} bytes of messages; \
         restart the boot loader"
    )]
    TooManyMessages(&'static str),
    /// The device refused the image, or to boot it.
    #[error("{command}: {refusal}")]
    Refused {
        /// The command.
        command: &'static str,
        /// The device's message.
        refusal: Refusal,
    },
    /// The image is empty. Nothing was sent.
    #[error("download: the image is empty; build the image again")]
    Empty,
    /// The image is larger than the device accepts. Nothing was sent.
    #[error(
        "download: image of {size} bytes, the device accepts {max} bytes (max-download-size); \
         use a smaller kernel or initramfs, or a stronger compression"
    )]
    TooLarge {
        /// The size of the image in bytes.
        size: u64,
        /// The largest size in bytes.
        max: u64,
    },
    /// The device expects another number of bytes than was announced.
    #[error(
        "download: announced {announced} bytes, the device expects {expected}; restart the boot loader"
    )]
    DataSize {
        /// The size of the image in bytes.
        announced: u32,
        /// The number of bytes that the device expects.
        expected: u32,
    },
    /// The image cannot be read.
    #[error(
        "download: cannot read the image at byte {at}: {cause}; restart the boot loader, and try again"
    )]
    Image {
        /// The position in bytes.
        at: u64,
        /// The cause.
        cause: io::Error,
    },
}
