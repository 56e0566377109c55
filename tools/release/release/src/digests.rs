//! Reads files and directories, and computes digests.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use fastboop_files::{FileName, SUMS_NAME, Sha256Digest, Sums, file};

use crate::assets;

/// The maximum size in bytes of a file of a release: 1 GiB.
const MAX_SIZE: u64 = 1 << 30;

/// Reads the regular file at `path`, or the one that a symbolic link there points to.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let (file, _) = file::open(path)?;
    let mut bytes = Vec::new();
    file.take(MAX_SIZE + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("{}: cannot read", path.display()))?;
    ensure!(
        bytes.len() as u64 <= MAX_SIZE,
        "{}: larger than {MAX_SIZE} bytes, so not a file of a release; remove it",
        path.display()
    );
    Ok(bytes)
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
        let entry = entry.with_context(cannot)?;
        // Not through links, which can form a loop.
        if entry.file_type().with_context(cannot)?.is_dir() {
            files.extend(list_files(&entry.path())?);
        } else {
            files.push(entry.path());
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

    #[test]
    fn neither_waits_for_pipes_nor_follows_links_to_directories() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path();
        for name in ["loop", "other"] {
            std::os::unix::fs::symlink(".", path.join(name)).unwrap();
        }
        let files = list_files(path).unwrap();
        assert_eq!(files, [path.join("loop"), path.join("other")]);
        let message = hash_release(path).unwrap_err().to_string();
        assert!(message.contains("loop: a directory"), "{message}");

        let pipe = path.join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
        let message = read(&pipe).unwrap_err().to_string();
        assert!(message.contains("not a regular file"), "{message}");
    }
}
