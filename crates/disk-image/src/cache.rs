//! A directory with decompressed layers.
//!
//! `<key>.image` is the content, `<key>.sha256` describes it, and `<key>.partial` is one that is being
//! unpacked, locked with `flock` for as long. The key is the digest of what distinguishes the state of the
//! compressed file: device, inode, size, and the times of its last modification and change in nanoseconds.
//! So a file that was replaced or written is unpacked again, even if its time of modification was restored.
//!
//! Neither changes within the resolution of the clock (some milliseconds) are noticed, nor changes of the
//! files in the cache, which only its owner can write; `sha256sum --check *.sha256` in it finds the latter.

mod clean;
mod writer;

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use read_at::FileAt;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::{Cause, Options, View};
pub(crate) use writer::Job;

/// The directory.
#[derive(Debug)]
pub(crate) struct Cache {
    directory: PathBuf,
    /// The maximum space that its files may take, in bytes.
    limit: u64,
}

/// A file that is being written, and which is removed unless it is renamed.
struct Partial {
    path: PathBuf,
    file: File,
}

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Cache {
    pub(crate) fn open(directory: PathBuf, limit: u64) -> Result<Self, Cause> {
        let mut builder = DirBuilder::new();
        let created = builder.recursive(true).mode(0o700).create(&directory);
        let cache = Cache { directory, limit };
        created.map_err(|error| cache.error(error))?;
        Ok(cache)
    }

    /// Whether the cache has the decompressed content of `view`. Does not create the directory.
    pub(crate) fn contains(view: &View, options: &Options) -> bool {
        let found = options.cache_directory().ok().zip(view.origin());
        found.is_some_and(|(directory, origin)| {
            let limit = options.cache_limit;
            Cache { directory, limit }.find(&origin.key()).is_some()
        })
    }

    fn error(&self, error: io::Error) -> Cause {
        Cause::Cache(self.directory.clone(), error)
    }

    fn path(&self, key: &str, extension: &str) -> PathBuf {
        self.directory.join(format!("{key}.{extension}"))
    }

    /// Returns the content with this key, if it is complete, and marks it as used.
    fn find(&self, key: &str) -> Option<FileAt> {
        let mut description = String::new();
        let file = File::open(self.path(key, "sha256")).ok()?;
        file.take(4096).read_to_string(&mut description).ok()?;
        let size = description
            .lines()
            .find_map(|line| line.strip_prefix("# size: "))?;
        let file = File::open(self.path(key, "image")).ok()?;
        // The last use is all that is lost if this fails.
        let _ = file.set_modified(SystemTime::now());
        let file = FileAt::from_file(file).ok()?;
        let is_complete = size.parse() == Ok(read_at::ReadAt::size(&file));
        is_complete.then_some(file)
    }

    /// Returns the content of `job`, which is unpacked unless it is there.
    pub(crate) fn get(&self, job: &mut Job<'_>) -> Result<FileAt, Cause> {
        let Some(key) = job.key() else {
            let file = tempfile::tempfile_in(&self.directory).map_err(|error| self.error(error))?;
            job.unpack(self, &file)?;
            return FileAt::from_file(file).map_err(|error| self.error(error));
        };
        if let Some(file) = self.find(&key) {
            return Ok(file);
        }
        let partial = self.lock(&key, job)?;
        // Another process may have finished in the meantime.
        if let Some(file) = self.find(&key) {
            return Ok(file);
        }
        partial.file.set_len(0).map_err(|error| self.error(error))?;
        let description = job.unpack(self, &partial.file)?;
        self.store(&key, &partial, &description)
            .map_err(|error| self.error(error))?;
        clean::clean(&self.directory, self.limit, &key);
        self.find(&key)
            .ok_or_else(|| self.error(io::ErrorKind::NotFound.into()))
    }

    /// Creates the file for content that is being unpacked. Waits for a process that unpacks the same.
    fn lock(&self, key: &str, job: &mut Job<'_>) -> Result<Partial, Cause> {
        let path = self.path(key, "partial");
        loop {
            let mut options = File::options();
            options.read(true).write(true).create(true).mode(0o600);
            let file = options.open(&path).map_err(|error| self.error(error))?;
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK) => {
                    job.wait();
                    flock(&file, FlockOperation::LockExclusive)
                }
                result => result,
            }
            .map_err(|error| self.error(error.into()))?;
            // The other process has renamed or removed the file.
            if is_at(&file, &path) {
                return Ok(Partial { path, file });
            }
        }
    }

    fn store(&self, key: &str, partial: &Partial, description: &str) -> io::Result<()> {
        // Otherwise the content could be lost after a power failure, but not the name.
        partial.file.sync_data()?;
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        io::Write::write_all(&mut file, description.as_bytes())?;
        file.persist(self.path(key, "sha256"))?;
        fs::rename(&partial.path, self.path(key, "image"))
    }
}

/// Whether `file` is the one at `path`.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), path.metadata()) {
        (Ok(file), Ok(named)) => (file.dev(), file.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
