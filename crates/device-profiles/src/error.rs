//! Errors.

use std::io;
use std::path::PathBuf;

/// An error about profiles. Its text names the file and the cause; it has no `source`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file is not a valid profile: `file:line:column: message`.
    #[error("{}:{error}", path.display())]
    Profile {
        /// The file.
        path: PathBuf,
        /// The mistake, and where it is.
        error: ParseError,
    },
    /// A file cannot be read or written.
    #[error("{0}")]
    File(fastboop_files::Error),
    /// A directory with profiles cannot be read, or one for the choices cannot be created.
    #[error("{}: {error}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The cause.
        error: io::Error,
    },
    /// Two files in a directory have the same `id`; the first by name is used.
    #[error("{}: same id {id:?} as {}; remove one of them", path.display(), other.display())]
    SameId {
        /// The file that is not used.
        path: PathBuf,
        /// The id of both.
        id: String,
        /// The file that is used.
        other: PathBuf,
    },
    /// A value of a deviceinfo file does not describe a boot image that can be made.
    #[error("deviceinfo_{key}: expected {expected}, found {found:?}")]
    DeviceInfo {
        /// The key without `deviceinfo_`.
        key: &'static str,
        /// What the key may be.
        expected: &'static str,
        /// The value in the file.
        found: String,
    },
    /// The file with the remembered choices is not valid.
    #[error("{}: {message}; correct it or remove it", path.display())]
    Choices {
        /// The file.
        path: PathBuf,
        /// The cause.
        message: String,
    },
    /// A serial number cannot be remembered.
    #[error("serial number of {0} bytes: expected 1 to 256 bytes")]
    Serial(usize),
    /// Neither `XDG_STATE_HOME` nor `HOME` is set.
    #[error("no directory for remembered devices: neither XDG_STATE_HOME nor HOME is set")]
    NoStateDirectory,
}

/// A mistake in a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, after the path of the value, such as `boot.fastboot_boot`.
    pub message: String,
}
