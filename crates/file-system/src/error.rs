//! Errors of file systems.

use std::io;
use std::path::PathBuf;

use crate::FileType;

/// The reason why a file system or a file in it cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no file with this path.
    #[error("{}: not found", .0.display())]
    NotFound(PathBuf),
    /// The file with this path is not a directory.
    #[error("{}: not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// The file is not of the type that was expected.
    #[error("{}: expected a {expected}, found a {found}", path.display())]
    WrongType {
        /// The path of the file.
        path: PathBuf,
        /// The type that was expected.
        expected: FileType,
        /// The type of the file.
        found: FileType,
    },
    /// The path leads through too many symbolic links, probably in a cycle.
    #[error("{}: too many symbolic links", .0.display())]
    TooManyLinks(PathBuf),
    /// A structure of the image is invalid; the text names it, with expected and found values.
    #[error("the file system is damaged: {0}")]
    Corrupt(String),
    /// The image uses a feature that is not supported; the text names it.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// Something is larger than this crate reads; the text names it and the limit.
    #[error("too large: {0}")]
    TooLarge(String),
    /// The layer below cannot be read.
    #[error("cannot read the image: {0}")]
    Io(#[from] io::Error),
}

impl Error {
    /// Returns an [`Error::Corrupt`].
    pub fn corrupt(what: impl Into<String>) -> Self {
        Error::Corrupt(what.into())
    }

    /// Returns an [`Error::Unsupported`].
    pub fn unsupported(what: impl Into<String>) -> Self {
        Error::Unsupported(what.into())
    }
}

/// For [`FileSystem::open`](crate::FileSystem::open).
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Io(error) => error.kind(),
            Error::NotFound(_) => io::ErrorKind::NotFound,
            Error::Unsupported(_) => io::ErrorKind::Unsupported,
            _ => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, error)
    }
}
