//! Reads files and directories, and computes digests.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use fastboop_files::{FileName, SUMS_NAME, Sha256Digest, Sums};

use crate::assets;

pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{}: cannot read", path.display()))
}

/// Fails unless `path` is a directory.
pub fn check_directory(path: &Path) -> Result<()> {
    let shown = path.display();
    ensure!(path.exists(), "{shown}: no such directory; check the path");
    ensure!(
        path.is_dir(),
        "{shown}: not a directory; name the directory of the files"
    );
    Ok(())
}

/// Computes the digest of the file at `path`.
pub fn hash_file(path: &Path) -> Result<Sha256Digest> {
    Ok(Sha256Digest::compute(&read(path)?))
}

/// Lists the paths of all files in the directory `path`, at any depth, sorted.
pub fn list_files(path: &Path) -> Result<Vec<PathBuf>> {
    let cannot = || format!("{}: cannot list", path.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(path).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        if path.is_dir() {
            files.extend(list_files(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Computes the digests of the files in `directory` that the `SHA256SUMS` of a release lists: all but
/// itself and its signature.
pub fn hash_release(directory: &Path) -> Result<Sums> {
    let mut sums = Sums::default();
    for path in list_files(directory)? {
        let name = path.strip_prefix(directory).unwrap_or(&path);
        let name = FileName::new(name.as_os_str())
            .with_context(|| format!("{}: a release has no subdirectories", path.display()))?;
        if name.as_bytes() != SUMS_NAME.as_bytes()
            && name.as_bytes() != assets::SIGNATURE.as_bytes()
        {
            sums.insert(name, hash_file(&path)?);
        }
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn omits_the_list_and_its_signature() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b", "a", SUMS_NAME, assets::SIGNATURE] {
            fs::write(dir.path().join(name), name).unwrap();
        }
        let sums = hash_release(dir.path()).unwrap();
        let names: Vec<String> = sums.iter().map(|(name, _)| name.to_string()).collect();
        assert_eq!(names, ["\"a\"", "\"b\""]);
        fs::create_dir(dir.path().join("c")).unwrap();
        fs::write(dir.path().join("c/d"), "").unwrap();
        let message = hash_release(dir.path()).unwrap_err().to_string();
        assert!(
            message.contains("c/d: a release has no subdirectories"),
            "{message}"
        );
    }
}
