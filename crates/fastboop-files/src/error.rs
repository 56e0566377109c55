//! What can go wrong with a file.

use std::io;
use std::path::{Path, PathBuf};

use crate::{FileName, FileNameError, ParseDigestError, Sha256Digest};

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
    /// It is larger than any file that is read: than this number of bytes.
    #[error("larger than {0} bytes, so it cannot be what it should; check the path")]
    TooLarge(u64),
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

/// Why some bytes are not a `SHA256SUMS`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SumsError {
    /// It holds not a single line.
    #[error("lists no file; write or download it again")]
    Empty,
    /// One line is wrong.
    #[error("line {line}: {error}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        error: LineError,
    },
}

/// Why one line of a `SHA256SUMS` is not an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Something rewrote the file for Windows.
    #[error("ends with CR LF; convert the file to Unix line ends, or download it as binary")]
    Crlf,
    /// The file lost its end.
    #[error("does not end; the file was cut off, write or download it again")]
    Unended,
    /// There is no name behind a digest.
    #[error("not `<digest>  <name>`; write the list with stage0-checksums or sha256sum")]
    Shape,
    /// What is in the digest's place is none.
    #[error("{0}; write or download the list again")]
    Digest(ParseDigestError),
    /// A backslash in an escaped name is followed by something else than `\`, `n` or `r`.
    #[error("the file name has an unknown escape; it knows \\\\, \\n and \\r")]
    Escape,
    /// The name leads elsewhere.
    #[error(transparent)]
    Name(#[from] FileNameError),
    /// The name was there before.
    #[error("{0} is listed twice; keep the line that is right")]
    Duplicate(FileName),
}
