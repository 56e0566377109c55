//! The name of one file directly in a directory, which is all that a list of checksums may name.
//!
//! A release is flat: its assets are downloaded side by side. So a name holds no `/`, and following
//! one never leads out of the directory, whoever wrote the list.

use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The name of a file in a directory; any bytes but `/` and NUL. Sorted by those bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(OsString);

/// Why some bytes are not the name of a file directly in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// It has no bytes.
    #[error("the file name is empty")]
    Empty,
    /// It starts with `/`.
    #[error("an absolute path, which leaves the directory; name a file in the directory itself")]
    Absolute,
    /// A component is `..`.
    #[error("a path with .., which can leave the directory; name a file in the directory itself")]
    Parent,
    /// It contains a `/`.
    #[error("a path with /, but a release has no directories; name a file in the directory itself")]
    Slash,
    /// It is `.`.
    #[error("the directory itself, not a file in it")]
    Directory,
    /// It contains a NUL byte.
    #[error("the file name has a NUL byte")]
    Nul,
}

impl FileName {
    /// Checks that `name` can be the name of a file directly in a directory.
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
    /// In quotes and escaped: a name from outside can hold line ends and commands for terminals.
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
