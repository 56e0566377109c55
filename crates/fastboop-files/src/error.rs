//! Errors about files and checksum lists.

use std::io;
use std::path::{Path, PathBuf};

use crate::{FileName, FileNameError, ParseDigestError, Sha256Digest};

/// An error about a file. Prints the path and the cause; has no `source`.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", path.display())]
pub struct Error {
    /// The file that the error is about.
    pub path: PathBuf,
    /// The cause, which includes the next step.
    pub cause: Cause,
}

impl Error {
    /// Creates an error about the file at `path`.
    pub fn new(path: &Path, cause: impl Into<Cause>) -> Self {
        Error {
            path: path.to_owned(),
            cause: cause.into(),
        }
    }
}

/// The cause of an [`Error`].
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The file does not exist.
    #[error("no such file; check the path")]
    Missing,
    /// The path is that of a directory.
    #[error("a directory, but a file is needed; name a file in it")]
    Directory,
    /// The file is a pipe, a socket or a device.
    #[error("not a regular file; name another file")]
    Special,
    /// The file is empty.
    #[error("empty (0 bytes); build or download it again")]
    Empty,
    /// The file is larger than this limit in bytes ([`file::MAX_SIZE`](crate::file::MAX_SIZE)).
    #[error("larger than {0} bytes; check the path")]
    TooLarge(u64),
    /// The file could not be read.
    #[error("cannot read it: {0}")]
    Read(io::Error),
    /// The file could not be written. An existing file at the path is unchanged.
    #[error("cannot write it: {0}; check that its directory exists and has free space")]
    Write(io::Error),
    /// The file was written, but a crash of the system could still undo it.
    #[error("cannot write it to the disk: {0}; check the disk")]
    Sync(io::Error),
    /// The output is the same file as this input.
    #[error("the same file as the input {}; name another output", .0.display())]
    SameFile(PathBuf),
    /// The file is not a valid checksum file.
    #[error(transparent)]
    Sums(#[from] SumsError),
    /// The digest of the file differs from the expected one.
    #[error("SHA-256 mismatch: expected {expected}, got {found}; build or download it again")]
    OtherDigest {
        /// The digest of the file.
        found: Sha256Digest,
        /// The expected digest.
        expected: Sha256Digest,
    },
}

/// The error for an invalid checksum file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SumsError {
    /// The list is empty.
    #[error("lists no files; write or download it again")]
    Empty,
    /// A line is not a valid entry.
    #[error("line {line}: {error}")]
    Line {
        /// The line number, from 1.
        line: usize,
        /// The cause.
        error: LineError,
    },
}

/// The error for a line of a checksum file that is not a valid entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// The line ends with CR LF.
    #[error("ends with CR LF; convert the file to Unix line endings, or download it as binary")]
    Crlf,
    /// The last line has no newline, as in a truncated file.
    #[error("missing trailing newline: the file is truncated; write or download it again")]
    MissingNewline,
    /// The line does not have the form `<digest>  <name>`.
    #[error("not `<digest>  <name>`; write the list with stage0-checksums or sha256sum")]
    Shape,
    /// The first field is not a digest.
    #[error("{0}; write or download the list again")]
    Digest(ParseDigestError),
    /// A backslash in an escaped name is followed by something else than `\`, `n` or `r`.
    #[error("unknown escape in the file name; valid escapes are \\\\, \\n and \\r")]
    Escape,
    /// The name is not that of a file in the directory of the list.
    #[error(transparent)]
    Name(#[from] FileNameError),
    /// An earlier line lists the same name.
    #[error("{0} is listed twice; keep the correct line")]
    Duplicate(FileName),
}
