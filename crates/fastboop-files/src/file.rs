//! Reads a whole file of limited size, and replaces a file atomically.

use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::{Cause, Error};

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
    let kind = fs::metadata(path).map_err(read_error)?.file_type();
    // Before opening the file: opening a pipe would wait for a writer.
    if kind.is_dir() {
        return Err(Cause::Directory);
    }
    if !kind.is_file() {
        return Err(Cause::Special);
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_SIZE + 1).read_to_end(&mut bytes))
        .map_err(read_error)?;
    match bytes.len() as u64 {
        0 => Err(Cause::Empty),
        1..=MAX_SIZE => Ok(bytes),
        _ => Err(Cause::TooLarge(MAX_SIZE)),
    }
}

fn read_error(error: io::Error) -> Cause {
    match error.kind() {
        io::ErrorKind::NotFound => Cause::Missing,
        _ => Cause::Read(error),
    }
}

/// Writes `bytes` to an [`AtomicFile`] at `path`.
pub fn write_atomic(path: &Path, bytes: &[u8], executable: bool) -> Result<(), Error> {
    let mut file = AtomicFile::create(path, executable)?;
    file.write_all(bytes)
        .map_err(|error| Error::new(path, Cause::Write(error)))?;
    file.commit()
}

/// A file that appears at its path only when it is complete, and replaces an existing regular file or
/// symbolic link to one.
///
/// The content is written to a temporary file in the same directory, which [`AtomicFile::commit`] renames.
/// So at any time, the path has either the old or the complete new content. Dropping an `AtomicFile`
/// without committing it removes the temporary file.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    temporary: NamedTempFile,
}

impl AtomicFile {
    /// Creates the temporary file, with mode 0755 if `executable` is set, or else 0644, less the umask.
    ///
    /// Fails if `path` is a directory or a special file (so `/dev/null` is never replaced), or if no file can
    /// be created in its directory.
    pub fn create(path: &Path, executable: bool) -> Result<Self, Error> {
        let temporary =
            create_temporary(path, executable).map_err(|cause| Error::new(path, cause))?;
        let path = path.to_owned();
        Ok(AtomicFile { path, temporary })
    }

    /// Renames the temporary file to its final path.
    pub fn commit(self) -> Result<(), Error> {
        match self.temporary.persist(&self.path) {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::new(&self.path, Cause::Write(error.error))),
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.flush()
    }
}

fn create_temporary(path: &Path, executable: bool) -> Result<NamedTempFile, Cause> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(Cause::Directory),
        Ok(found) if !found.is_file() => return Err(Cause::Special),
        // An absent file is fine; creating the temporary file reports an unreachable directory.
        _ => {}
    }
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mode = if executable { 0o755 } else { 0o644 };
    tempfile::Builder::new()
        .prefix(".fastboop-")
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(directory)
        .map_err(Cause::Write)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

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
    fn write_atomic_replaces_and_leaves_no_other_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        write_atomic(&path, b"one", false).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o111, 0);
        write_atomic(&path, b"two", true).unwrap();
        assert_ne!(fs::metadata(&path).unwrap().permissions().mode() & 0o100, 0);
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(dir.path()), ["out"]);
    }

    #[test]
    fn failed_write_leaves_the_path_unchanged() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("directory")).unwrap();
        fs::write(at("file"), "old").unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        for (name, words) in [
            ("directory", "a directory"),
            ("socket", "not a regular file"),
            ("gone/file", "cannot write it"),
            ("file/inside", "cannot write it"),
        ] {
            let message = write_atomic(&at(name), b"new", true)
                .unwrap_err()
                .to_string();
            assert!(message.contains(words), "{name}: {message}");
        }
        assert_eq!(names(dir.path()), ["directory", "file", "socket"]);
        assert_eq!(fs::read(at("file")).unwrap(), b"old");
    }
}
