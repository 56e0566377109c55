//! Calls of ext4-view.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use ext4_view::Ext4Error;
use file_system::Error;

/// Calls ext4-view for the file at `path`, and converts its errors.
///
/// Version 1.0.0 panics for some damaged images: where the number of entries in a node of a hashed
/// directory is too large, and where a file is read again after an error. It keeps nothing half-changed
/// then, so its panics are errors here, though their message appears on standard error.
pub(super) fn guard<T>(
    path: &Path,
    call: impl FnOnce() -> Result<T, Ext4Error>,
) -> Result<T, Error> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(|error| convert(path, error)),
        Err(_) => Err(Error::corrupt(format!(
            "{}: ext4-view failed",
            display(path)
        ))),
    }
}

fn convert(path: &Path, error: Ext4Error) -> Error {
    let name = display(path);
    match error {
        Ext4Error::NotFound | Ext4Error::NotADirectory => Error::NotFound(path.to_owned()),
        Ext4Error::Io(error) => Error::Io(match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        }),
        Ext4Error::Corrupt(what) => Error::corrupt(format!("{name}: {what}")),
        Ext4Error::Incompatible(what) => Error::unsupported(format!("{name}: ext4: {what}")),
        Ext4Error::Encrypted => Error::unsupported(format!("{name}: encrypted")),
        Ext4Error::PathTooLong => Error::TooLarge(format!("{name}: the path")),
        error => Error::corrupt(format!("{name}: {error}")),
    }
}

fn display(path: &Path) -> impl std::fmt::Display {
    Path::new("/").join(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(error: Ext4Error) -> String {
        guard::<()>(Path::new("a/b"), || Err(error))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn converts_errors() {
        let error = io::Error::new(io::ErrorKind::TimedOut, "slow");
        let error = guard::<()>(Path::new("a"), || Err(Ext4Error::Io(error.into())));
        match error.unwrap_err() {
            Error::Io(error) => assert_eq!(error.kind(), io::ErrorKind::TimedOut),
            error => panic!("{error}"),
        }
        assert_eq!(message(Ext4Error::NotFound), "a/b: not found");
        assert_eq!(message(Ext4Error::NotADirectory), "a/b: not found");
        assert_eq!(
            message(Ext4Error::Encrypted),
            "not supported: /a/b: encrypted"
        );
        let damaged = message(Ext4Error::TooManySymlinks);
        assert!(damaged.contains("damaged: /a/b: too many"), "{damaged}");
    }

    #[test]
    fn panics_are_errors() {
        let error = guard::<()>(Path::new(""), || panic!("as in a damaged image"));
        let message = error.unwrap_err().to_string();
        assert_eq!(message, "the file system is damaged: /: ext4-view failed");
    }
}
