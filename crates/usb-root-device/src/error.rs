//! Why the device refuses an image, or a response.

use std::fmt;

use smoo_wire::{Error, Export, Operation};

/// Why the device refuses the exports of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The message is not valid.
    Invalid(Error),
    /// There are several exports; the number of them.
    Several(usize),
    /// The block size in bytes is larger than the device supports.
    BlockSize(u32),
    /// The size in bytes is larger than the device supports.
    Size(u64),
    /// The device already uses another image.
    OtherImage {
        /// The image in use.
        expected: Export,
        /// The one of the host.
        found: Export,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Invalid(error) => error.fmt(f),
            Refusal::Several(count) => write!(f, "expected one image, found {count}"),
            Refusal::BlockSize(size) => {
                write!(f, "expected blocks of at most 4096 bytes, found {size}")
            }
            Refusal::Size(size) => write!(f, "{size} bytes are too large"),
            Refusal::OtherImage { expected, found } => write!(
                f,
                "another image than at first: expected {} of {} bytes in blocks of {}, found {} of {} bytes in blocks of {}",
                expected.id(),
                expected.size(),
                expected.block_size(),
                found.id(),
                found.size(),
                found.block_size(),
            ),
        }
    }
}

/// Why the position in the host's data is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The response is not valid.
    Invalid(Error),
    /// It is about another export.
    OtherExport,
    /// It is about an operation that the device never requests.
    Operation(Operation),
    /// Its number of blocks is 0, or more than the device ever requests.
    Blocks(u32),
    /// It repeats the number of a request, but not its blocks.
    OtherBlocks,
    /// The payload does not have the length that the response implies.
    Payload {
        /// In bytes.
        expected: u32,
        /// In bytes.
        found: u32,
    },
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Loss::Invalid(error) => error.fmt(f),
            Loss::OtherExport => f.write_str("response: another export"),
            Loss::Operation(operation) => {
                write!(f, "response: expected a read, found {operation:?}")
            }
            Loss::Blocks(blocks) => write!(f, "response: invalid number of blocks: {blocks}"),
            Loss::OtherBlocks => f.write_str("response: other blocks than in the request"),
            Loss::Payload { expected, found } => {
                write!(f, "payload: expected {expected} bytes, found {found}")
            }
        }
    }
}
