//! The directory of a release: its files and their digests. The names are untrusted input, so paths
//! are printed quoted and escaped.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use fastboop_files::{Cause, FileName, Sha256Digest, file};
use rustix::fs::{Mode, OFlags, open};
use sha2::{Digest, Sha256};

/// The directory that contains the file at `path`.
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The directory of a release.
pub struct Directory {
    path: PathBuf,
    /// Names are opened relative to it, which saves the kernel the rest of the path.
    handle: File,
    buffer: Vec<u8>,
}

/// Why a file has no digest. Each command has its own advice.
#[derive(Debug)]
pub enum Problem {
    Missing,
    /// A symbolic link to a file that does not exist.
    DanglingLink,
    Directory,
    /// A pipe, a socket or a device.
    Special,
    Unreadable(String),
}

/// A file and its digest.
pub struct Hashed {
    pub digest: Sha256Digest,
    /// The number of bytes that were read.
    size: u64,
    /// As it was before the file was read.
    metadata: Metadata,
}

impl Directory {
    pub fn open(path: &Path) -> Result<Directory> {
        // A named pipe would wait for a writer.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = open(path, flags, Mode::empty()).with_context(|| cannot_list(path))?;
        Ok(Directory {
            path: path.to_owned(),
            handle: handle.into(),
            buffer: vec![0; 64 * 1024],
        })
    }

    /// The path of the file `name`.
    pub fn join(&self, name: &FileName) -> PathBuf {
        self.path.join(name)
    }

    /// Whether the file at `path`, which need not exist, is or would be in this directory.
    pub fn contains(&self, path: &Path) -> bool {
        // `dist/SHA256SUMS` and `./dist/../dist/SHA256SUMS` are the same file.
        file::is_same_file(parent(path), &self.path)
    }

    /// The names of all entries, except for the file at `except`, sorted.
    pub fn names(&self, except: Option<&Path>) -> Result<Vec<FileName>> {
        let context = || cannot_list(&self.path);
        let except = except
            .filter(|path| self.contains(path))
            .and_then(Path::file_name);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).with_context(context)? {
            let name = entry.with_context(context)?.file_name();
            if Some(name.as_os_str()) != except {
                names.push(FileName::new(name).with_context(context)?);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Computes the digest of the regular file `name`, or of the one that the symbolic link there
    /// points to, as in Bazel's output directories.
    pub fn hash(&mut self, name: &FileName) -> Result<Hashed, Problem> {
        let (mut file, metadata) =
            file::open_at(&self.handle, name.as_ref()).map_err(|cause| match cause {
                Cause::Missing if self.join(name).is_symlink() => Problem::DanglingLink,
                Cause::Missing => Problem::Missing,
                Cause::Directory => Problem::Directory,
                Cause::Special => Problem::Special,
                cause => Problem::Unreadable(cause.to_string()),
            })?;
        let (digest, size) = self
            .read(&mut file)
            .map_err(|error| Problem::Unreadable(Cause::Read(error).to_string()))?;
        Ok(Hashed {
            digest,
            size,
            metadata,
        })
    }

    fn read(&mut self, file: &mut File) -> io::Result<(Sha256Digest, u64)> {
        let mut hasher = Sha256::new();
        let mut size = 0;
        loop {
            match file.read(&mut self.buffer) {
                Ok(0) => return Ok((hasher.into(), size)),
                Ok(length) => {
                    hasher.update(&self.buffer[..length]);
                    size += length as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Hashed {
    /// Whether the file at `path` differs from the one that was read: it was written to, replaced or
    /// removed.
    ///
    /// Most kernels advance a file's times only every few milliseconds. So a write that keeps the size
    /// can remain unnoticed, if the file was written to just before it was opened.
    pub fn has_changed(&self, path: &Path) -> bool {
        let state = |metadata: &Metadata| {
            let modified = (metadata.mtime(), metadata.mtime_nsec());
            let changed = (metadata.ctime(), metadata.ctime_nsec());
            (
                metadata.dev(),
                metadata.ino(),
                metadata.len(),
                modified,
                changed,
            )
        };
        let is_same = |found: Metadata| state(&found) == state(&self.metadata);
        self.size != self.metadata.len() || !fs::metadata(path).is_ok_and(is_same)
    }
}

fn cannot_list(directory: &Path) -> String {
    format!("{directory:?}: cannot list the directory")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file_name(name: &str) -> FileName {
        FileName::new(name).unwrap()
    }

    #[test]
    fn notices_changes_since_a_file_was_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let hash = || {
            fs::write(&path, "bytes").unwrap();
            let mut directory = Directory::open(dir.path()).unwrap();
            directory.hash(&file_name("a")).unwrap()
        };
        assert!(!hash().has_changed(&path));

        let hashed = hash();
        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(b"more").unwrap();
        assert!(hashed.has_changed(&path));

        let hashed = hash();
        fs::rename(&path, dir.path().join("b")).unwrap();
        assert!(hashed.has_changed(&path), "removed");
        fs::copy(dir.path().join("b"), &path).unwrap();
        assert!(hashed.has_changed(&path), "replaced");
    }

    #[test]
    fn reports_why_a_file_has_no_digest() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("directory")).unwrap();
        std::os::unix::fs::symlink("gone", dir.path().join("link")).unwrap();
        let mut directory = Directory::open(dir.path()).unwrap();
        let mut problem = |name| directory.hash(&file_name(name)).err().unwrap();
        assert!(matches!(problem("gone"), Problem::Missing));
        assert!(matches!(problem("link"), Problem::DanglingLink));
        assert!(matches!(problem("directory"), Problem::Directory));
    }
}
