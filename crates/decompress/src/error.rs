//! The error of decompression.

use std::error::Error as _;
use std::io;

use crate::Format;

/// An error in a compressed stream. Readers return it inside of an [`io::Error`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The stream cannot be read, or its content is invalid.
    #[error("{0}")]
    Io(io::Error),
    /// The stream ends before its content does.
    #[error("truncated; copy or download it again")]
    Truncated,
    /// A checksum of the content differs.
    #[error("checksum mismatch; copy or download it again")]
    Checksum,
    /// The stream does not begin with the format's magic number.
    #[error("not {0}")]
    NotFormat(Format),
    /// Other data follows the end of a stream. Programs such as gzip ignore it with a warning.
    #[error("other data after the end of the {0} stream")]
    TrailingData(Format),
    /// A zstd frame with a bit that is reserved.
    #[error("zstd with a reserved bit in its header; compress it again")]
    ZstdReserved,
    /// A zstd block that is invalid, or whose content is larger than a block may be.
    #[error("a zstd block is invalid or has more than 128 KiB of content")]
    ZstdBlock,
    /// The stream needs more memory than [`crate::Limits`] allows.
    #[error("needs {} MiB of memory to decompress; the limit is {} MiB", .needed.div_ceil(1 << 20), .allowed >> 20)]
    Memory {
        /// The number of bytes needed, as the stream's header states.
        needed: u64,
        /// The limit in bytes.
        allowed: u64,
    },
    /// The window of a zstd frame is larger than [`crate::Limits`] allows, in bytes.
    #[error(
        "needs a window of {} MiB to decompress, and up to three times as much memory; the limit is {} MiB",
        .window.div_ceil(1 << 20), .allowed >> 20
    )]
    ZstdWindow {
        /// The size of the window, as the frame's header states.
        window: u64,
        /// The limit.
        allowed: u64,
    },
    /// As [`Error::Memory`], for a part of the stream behind its beginning.
    #[error("a later block needs more memory than the limit of {} MiB", .0 >> 20)]
    BlockMemory(u64),
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::Io(error) => return error,
            Error::Truncated => io::ErrorKind::UnexpectedEof,
            Error::Memory { .. } | Error::ZstdWindow { .. } | Error::BlockMemory(_) => {
                io::ErrorKind::OutOfMemory
            }
            _ => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, error)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.downcast::<Error>() {
            Ok(error) => error,
            Err(error) if is_truncation(&error) => Error::Truncated,
            Err(error) => Error::Io(error),
        }
    }
}

/// Whether the end of the source is the cause, which some decoders hide in their own errors.
fn is_truncation(error: &io::Error) -> bool {
    let is_end = |error: &io::Error| error.kind() == io::ErrorKind::UnexpectedEof;
    let mut cause = error.get_ref().map(|inner| inner as &dyn std::error::Error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(is_end) {
            return true;
        }
        cause = error.source();
    }
    is_end(error)
        || error
            .source()
            .and_then(|s| s.downcast_ref())
            .is_some_and(is_end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_survive_the_way_through_a_reader() {
        let needed = 200 << 20;
        let allowed = 128 << 20;
        let error = io::Error::from(Error::Memory { needed, allowed });
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
        let text = "needs 200 MiB of memory to decompress; the limit is 128 MiB";
        assert_eq!(error.to_string(), text);
        assert!(matches!(Error::from(error), Error::Memory { .. }));
        let end = io::Error::from(io::ErrorKind::UnexpectedEof);
        assert!(matches!(Error::from(end), Error::Truncated));
        let hidden = io::Error::other(io::Error::from(io::ErrorKind::UnexpectedEof));
        assert!(matches!(Error::from(hidden), Error::Truncated));
        let other = io::Error::other("text");
        assert_eq!(Error::from(other).to_string(), "text");
    }
}
