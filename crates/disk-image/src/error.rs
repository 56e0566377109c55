//! The error of reading an image.

use std::io;
use std::path::PathBuf;

/// An error in an image, and where it is.
#[derive(Debug, thiserror::Error)]
#[error("{at}: {cause}")]
pub struct Error {
    /// The file and the layers in it, such as `image.img: partition 2 "root"`.
    pub at: String,
    /// The cause.
    pub cause: Cause,
}

impl Error {
    /// Whether larger [`crate::Options::limits`] could help.
    pub fn needs_memory(&self) -> bool {
        use decompress::Error::{BlockMemory, Memory, ZstdWindow};
        let Cause::Decompress(_, error) = &self.cause else {
            return false;
        };
        matches!(error, BlockMemory(_) | Memory { .. } | ZstdWindow { .. })
    }
}

/// The cause of an error in an image.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The content cannot be read.
    #[error("cannot read: {0}")]
    Io(io::Error),
    /// The content is invalid.
    #[error("{0}")]
    Corrupt(String),
    /// The content is valid, but uses a feature that this crate lacks.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// The compressed content cannot be decompressed.
    #[error("{0}: {1}")]
    Decompress(decompress::Format, decompress::Error),
    /// The decompressed content exceeds [`crate::Options::max_size`], in bytes.
    #[error("more than {0} bytes, decompressed")]
    TooLarge(u64),
    /// The directory of the cache, or a file in it, cannot be used.
    #[error("cache {}: {}", .0.display(), .1)]
    Cache(PathBuf, io::Error),
    /// No directory for the cache is known.
    #[error("no directory for the cache: neither XDG_CACHE_HOME nor HOME is set")]
    NoCache,
    /// The file system with the cache is full.
    #[error(
        "cache {}: too little space: decompressing needs at least {needed} more bytes, {free} bytes are free",
        .directory.display()
    )]
    Space {
        /// The directory of the cache.
        directory: PathBuf,
        /// The number of bytes that are still needed, at least.
        needed: u64,
        /// The number of bytes that are free.
        free: u64,
    },
    /// The file changed while it was read.
    #[error("changed while it was read; try again when nothing writes it")]
    Changed,
    /// More nested layers than [`crate::MAX_DEPTH`].
    #[error("more than {} layers inside of each other", crate::MAX_DEPTH)]
    TooDeep,
    /// More layers in all than [`crate::MAX_LAYERS`].
    #[error("more than {} layers", crate::MAX_LAYERS)]
    TooManyLayers,
    /// No partition matches the choice; the choice, and the partitions.
    #[error("no partition with {0}; there are: {1}")]
    NoPartition(String, String),
    /// More than one partition matches the choice; the choice, and their numbers.
    #[error("more than one partition with {0}: {1}; choose one by its number")]
    ManyPartitions(String, String),
}

impl Cause {
    pub(crate) fn into_error(self, at: &str) -> Error {
        Error {
            at: at.to_owned(),
            cause: self,
        }
    }

    /// Whether the image itself is at fault, rather than this machine or a limit.
    pub(crate) fn is_content(&self) -> bool {
        matches!(
            self,
            Cause::Corrupt(_) | Cause::Unsupported(_) | Cause::Decompress(..)
        )
    }
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Cause::Corrupt("truncated".to_owned()),
            // Of a block that is decompressed when it is read.
            io::ErrorKind::InvalidData => Cause::Corrupt(error.to_string()),
            _ => Cause::Io(error),
        }
    }
}
