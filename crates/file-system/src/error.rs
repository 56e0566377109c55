//! Errors of file systems.

use std::io;
use std::path::PathBuf;

use crate::FileType;

/// The reason why a file system or a file in it cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No file has this path.
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
    Io(io::Error),
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

/// Returns the [`Error`] inside of the error, if a layer below converted one, so that its message does not
/// name the image twice.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(Error::Io)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converting_to_an_io_error_and_back_changes_nothing() {
        let error = io::Error::from(Error::corrupt("inode 5"));
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let error = Error::from(error);
        assert!(matches!(error, Error::Corrupt(_)), "{error}");
        assert_eq!(error.to_string(), "the file system is damaged: inode 5");
    }

    #[test]
    fn other_io_errors_keep_their_kind() {
        let error = Error::from(io::Error::new(io::ErrorKind::TimedOut, "slow"));
        assert_eq!(error.to_string(), "cannot read the image: slow");
        match error {
            Error::Io(error) => assert_eq!(error.kind(), io::ErrorKind::TimedOut),
            error => panic!("{error}"),
        }
    }
}
