//! What was downloaded earlier: one file a digest, whose name is the digest.

use std::fs;
use std::path::{Path, PathBuf};

use fastboop_files::{Cause, Error, Sha256Digest, file};

/// The file for the artifact with `digest` in the cache directory `cache`.
pub fn entry(cache: &Path, digest: Sha256Digest) -> PathBuf {
    cache.join(digest.to_string())
}

/// The bytes of an entry, if it is there. Fails when they are not those with `expected`.
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

/// Keeps `bytes` as an entry.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)
            .map_err(|error| Error::new(directory, Cause::Write(error)))?;
    }
    file::write_atomic(path, bytes, false)
}
