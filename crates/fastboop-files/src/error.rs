//! What can go wrong with a file.

use std::io;
use std::path::{Path, PathBuf};

use crate::{Sha256Digest, SumsError, file};

/// A file, and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", path.display())]
pub struct Error {
    /// The file that the error is about.
    pub path: PathBuf,
    /// What is wrong, and what to do about it.
    pub cause: Cause,
}

impl Error {
    /// The error that `path` has this wrong with it.
    pub fn new(path: &Path, cause: impl Into<Cause>) -> Self {
        Error {
            path: path.to_owned(),
            cause: cause.into(),
        }
    }
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// There is none.
    #[error("no such file; check the path")]
    Missing,
    /// It is a directory.
    #[error("a directory, but a file is needed; name a file in it")]
    Directory,
    /// It is a pipe, a socket or a device.
    #[error("neither a regular file nor absent; name another file")]
    Special,
    /// It holds no bytes.
    #[error("empty (0 bytes); build or download it again")]
    Empty,
    /// It is larger than [`file::MAX_SIZE`].
    #[error(
        "larger than {} bytes, so it cannot be what it should; check the path",
        file::MAX_SIZE
    )]
    TooLarge,
    /// It could not be read.
    #[error("cannot read it: {0}")]
    Read(io::Error),
    /// It could not be written. No part of it is there.
    #[error("cannot write it: {0}; check that its directory exists and has room")]
    Write(io::Error),
    /// It is not a `SHA256SUMS`.
    #[error(transparent)]
    Sums(#[from] SumsError),
    /// It is another file than the one whose digest was written down.
    #[error("its sha256 is {found}, but {wanted} was expected; build or download it again")]
    OtherDigest {
        /// The digest of its bytes.
        found: Sha256Digest,
        /// The digest that was written down.
        wanted: Sha256Digest,
    },
}
