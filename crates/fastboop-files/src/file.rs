//! Opens and reads regular files, and replaces a file atomically.

mod atomic;

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

pub use atomic::{AtomicFile, write_atomic};

use crate::{Cause, Error, FileName};

/// The maximum size in bytes of a file that [`read`] accepts: 64 MiB. Stage0 artifacts and checksum files
/// are smaller than a tenth of this, so a larger file is not one of them.
pub const MAX_SIZE: u64 = 64 * 1024 * 1024;

/// Reads the regular file at `path`, or the one that the symbolic link there points to.
///
/// Fails if the file is missing, not a regular file, empty, larger than [`MAX_SIZE`], or cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
    read_inner(path).map_err(|cause| Error::new(path, cause))
}

fn read_inner(path: &Path) -> Result<Vec<u8>, Cause> {
    let (file, _) = open_at(CWD, path)?;
    let mut bytes = Vec::new();
    file.take(MAX_SIZE + 1)
        .read_to_end(&mut bytes)
        .map_err(Cause::Read)?;
    match bytes.len() as u64 {
        0 => Err(Cause::Empty),
        1..=MAX_SIZE => Ok(bytes),
        _ => Err(Cause::TooLarge(MAX_SIZE)),
    }
}

/// Opens the regular file at `path`, or the one that the symbolic link there points to. Returns it with its
/// metadata.
///
/// Never waits for the other end of a named pipe.
pub fn open(path: &Path) -> Result<(File, Metadata), Error> {
    open_at(CWD, path).map_err(|cause| Error::new(path, cause))
}

/// Opens the regular file at `path`, relative to `directory`, or the one that the symbolic link there points
/// to. Returns it with its metadata.
///
/// Never waits for the other end of a named pipe.
pub fn open_at(directory: impl AsFd, path: &Path) -> Result<(File, Metadata), Cause> {
    // Without NONBLOCK, opening a named pipe would wait for a writer. Reads of regular files ignore it.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = match openat(directory, path, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(Errno::NOENT) => return Err(Cause::Missing),
        // A socket cannot be opened.
        Err(Errno::NXIO) => return Err(Cause::Special),
        Err(error) => return Err(Cause::Read(error.into())),
    };
    let metadata = file.metadata().map_err(Cause::Read)?;
    match metadata.file_type() {
        kind if kind.is_file() => Ok((file, metadata)),
        kind if kind.is_dir() => Err(Cause::Directory),
        _ => Err(Cause::Special),
    }
}

/// Whether both paths lead to the same file or directory, however they are spelled, also through links.
///
/// `false` if one of them does not exist or cannot be examined.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    let identity = |path| -> io::Result<_> {
        let metadata = fs::metadata(path)?;
        Ok((metadata.dev(), metadata.ino()))
    };
    match (identity(a), identity(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// Fails if `output` is the same file as `input`, which writing it would destroy.
pub fn check_output(output: &Path, input: &Path) -> Result<(), Error> {
    if is_same_file(output, input) {
        return Err(Error::new(output, Cause::SameFile(input.to_owned())));
    }
    Ok(())
}

/// Whether `name` is that of a temporary file of an [`AtomicFile`]. A program that was killed can leave one.
pub fn is_temporary(name: &FileName) -> bool {
    name.as_bytes().starts_with(atomic::PREFIX.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    #[test]
    fn reads_files_through_links() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, "bytes").unwrap();
        symlink(&file, &link).unwrap();
        assert_eq!(read(&file).unwrap(), b"bytes");
        assert_eq!(read(&link).unwrap(), b"bytes");
    }

    #[test]
    fn rejects_missing_special_empty_and_large_files() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("empty"), "").unwrap();
        symlink(at("gone"), at("dangling")).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        let huge = File::create(at("huge")).unwrap();
        huge.set_len(MAX_SIZE + 1).unwrap();
        for (name, words) in [
            ("", "a directory"),
            ("gone", "no such file"),
            ("dangling", "no such file"),
            ("empty", "empty (0 bytes)"),
            ("empty/inside", "cannot read it"),
            ("socket", "not a regular file"),
            ("huge", "larger than 67108864 bytes"),
        ] {
            let message = read(&at(name)).unwrap_err().to_string();
            assert!(message.starts_with(at(name).to_str().unwrap()), "{message}");
            assert!(message.contains(words), "{name}: {message}");
        }
    }

    #[test]
    fn does_not_wait_for_a_named_pipe() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        rustix::fs::mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
        let error = read(&pipe).unwrap_err();
        assert!(matches!(error.cause, Cause::Special), "{error}");
    }

    #[test]
    fn recognizes_the_same_file_through_links() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "").unwrap();
        fs::write(at("other"), "").unwrap();
        fs::hard_link(at("file"), at("hard")).unwrap();
        symlink("file", at("soft")).unwrap();
        symlink("gone", at("dangling")).unwrap();
        for (name, expected) in [
            ("file", true),
            ("hard", true),
            ("soft", true),
            ("../{}/file", true),
            ("other", false),
            ("gone", false),
            ("dangling", false),
            ("file/inside", false),
        ] {
            let parent = dir.path().file_name().unwrap().to_str().unwrap();
            let path = at(&name.replace("{}", parent));
            assert_eq!(is_same_file(&at("file"), &path), expected, "{name}");
            assert_eq!(is_same_file(&path, &at("file")), expected, "{name}");
        }
        assert!(!is_same_file(&at("gone"), &at("gone")));
        let message = check_output(&at("hard"), &at("file"))
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("hard: the same file as the input "),
            "{message}"
        );
        assert!(check_output(&at("other"), &at("file")).is_ok());
    }

    #[test]
    fn recognizes_temporary_files_by_their_names() {
        for (name, expected) in [
            (".fastboop-a1B2c3", true),
            ("fastboop-1.2.3.tar.gz", false),
            (".fastboop", false),
        ] {
            assert_eq!(
                is_temporary(&FileName::new(name).unwrap()),
                expected,
                "{name}"
            );
        }
    }
}
