//! The cache of downloads: each file is named after its SHA-256 digest.

use std::fs;
use std::path::{Path, PathBuf};

use fastboop_files::{Cause, Error, Sha256Digest, file};

/// The path of the artifact with `digest` in the cache directory `cache`.
pub fn entry_path(cache: &Path, digest: Sha256Digest) -> PathBuf {
    cache.join(digest.to_string())
}

/// Reads a cache entry. Returns `None` if it does not exist, and fails if its digest is not `expected`.
pub fn read(path: &Path, expected: Sha256Digest) -> Result<Option<Vec<u8>>, Error> {
    let bytes = match file::read(path) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.cause, Cause::Missing) => return Ok(None),
        Err(error) => return Err(error),
    };
    let found = Sha256Digest::compute(&bytes);
    if found != expected {
        return Err(Error::new(path, Cause::OtherDigest { found, expected }));
    }
    Ok(Some(bytes))
}

/// Writes `bytes` to the cache entry `path`, and creates the cache directory if necessary.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)
            .map_err(|error| Error::new(directory, Cause::Write(error)))?;
    }
    file::write_atomic(path, bytes, false)
}
