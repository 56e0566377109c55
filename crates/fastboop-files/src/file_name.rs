//! The name of a file in a directory, as a checksum file lists it.
//!
//! A release has no subdirectories: its assets are downloaded into one directory. So a name must not contain
//! `/`, and an untrusted checksum file cannot refer to files outside that directory.

use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The name of a file in a directory: any bytes except `/` and NUL. Names are sorted by their bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(OsString);

/// The error for an invalid name of a file in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// The name is empty.
    #[error("the file name is empty")]
    Empty,
    /// The name starts with `/`.
    #[error("an absolute path, which leaves the directory; name a file in the directory itself")]
    Absolute,
    /// The name has the component `..`.
    #[error("a path with .., which can leave the directory; name a file in the directory itself")]
    Parent,
    /// The name contains a `/`.
    #[error("a path with /, but a release has no directories; name a file in the directory itself")]
    Slash,
    /// The name is `.`.
    #[error("the directory itself, not a file in it")]
    Directory,
    /// The name contains a NUL byte.
    #[error("the file name contains a NUL byte")]
    Nul,
}

impl FileName {
    /// Validates `name` as the name of a file in a directory.
    pub fn new(name: impl Into<OsString>) -> Result<FileName, FileNameError> {
        let name = name.into();
        match name.as_bytes() {
            [] => Err(FileNameError::Empty),
            [b'/', ..] => Err(FileNameError::Absolute),
            b"." => Err(FileNameError::Directory),
            bytes if bytes.split(|byte| *byte == b'/').any(|part| part == b"..") => {
                Err(FileNameError::Parent)
            }
            bytes if bytes.contains(&b'/') => Err(FileNameError::Slash),
            bytes if bytes.contains(&0) => Err(FileNameError::Nul),
            _ => Ok(FileName(name)),
        }
    }

    /// The bytes of the name, which need not be UTF-8.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl AsRef<Path> for FileName {
    fn as_ref(&self) -> &Path {
        self.0.as_ref()
    }
}

impl fmt::Display for FileName {
    /// Quotes and escapes the name: an untrusted name can contain newlines and terminal escape sequences.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn accepts_odd_names() {
        for name in [
            &b"a"[..],
            b"...",
            b"..a",
            b" ",
            b"*",
            b"\\",
            b"a\nb",
            b"\xff",
        ] {
            assert!(FileName::new(OsStr::from_bytes(name)).is_ok(), "{name:?}");
        }
    }

    #[test]
    fn rejects_names_that_leave_the_directory() {
        for (name, error) in [
            ("", FileNameError::Empty),
            (".", FileNameError::Directory),
            ("..", FileNameError::Parent),
            ("../a", FileNameError::Parent),
            ("a/..", FileNameError::Parent),
            ("a/../b", FileNameError::Parent),
            ("/", FileNameError::Absolute),
            ("/etc/passwd", FileNameError::Absolute),
            ("/../a", FileNameError::Absolute),
            ("./a", FileNameError::Slash),
            ("a/b", FileNameError::Slash),
            ("a/", FileNameError::Slash),
            ("a\0b", FileNameError::Nul),
        ] {
            assert_eq!(FileName::new(name), Err(error), "{name:?}");
        }
    }

    #[test]
    fn display_escapes_control_characters() {
        let name = FileName::new("a\n\u{1b}[31mb").unwrap();
        assert_eq!(name.to_string(), r#""a\n\u{1b}[31mb""#);
    }
}
