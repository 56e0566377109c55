//! The files of one build, kept for comparison.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use fastboop_files::Sha256Digest;

/// A build, or any other source of files that have to be reproducible.
#[derive(Debug)]
pub struct Build {
    /// The directory and the environment of the build.
    pub description: String,
    /// The duration.
    pub seconds: f64,
    /// The paths of the artifacts, by the name under which they are compared.
    pub files: BTreeMap<String, PathBuf>,
}

impl Build {
    /// The files in a directory, such as artifacts from another machine.
    pub fn from_directory(directory: &Path) -> anyhow::Result<Self> {
        Ok(Build {
            description: directory.display().to_string(),
            seconds: 0.0,
            files: find_files(directory)?,
        })
    }
}

/// Returns the digest of a file, or of the target path of a symbolic link.
pub fn digest(path: &Path) -> anyhow::Result<Sha256Digest> {
    let read = || match fs::symlink_metadata(path)?.is_symlink() {
        true => Ok(format!("link to {}", fs::read_link(path)?.display()).into_bytes()),
        false => fs::read(path),
    };
    let bytes = read().with_context(|| path.display().to_string())?;
    Ok(Sha256Digest::compute(&bytes))
}

/// Finds all files and symbolic links in a directory and its subdirectories, by their relative path.
pub fn find_files(directory: &Path) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let mut files = BTreeMap::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(next) = pending.pop() {
        for entry in fs::read_dir(&next).with_context(|| next.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() && !path.is_symlink() {
                pending.push(path);
                continue;
            }
            let name = path.strip_prefix(directory).unwrap_or(&path);
            files.insert(name.display().to_string(), path.clone());
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_files_and_does_not_follow_links() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::create_dir_all(at("a/b")).unwrap();
        fs::write(at("a/b/c"), b"1").unwrap();
        std::os::unix::fs::symlink("a", at("d")).unwrap();
        let files = find_files(directory.path()).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["a/b/c", "d"]);
        assert_eq!(
            digest(&files["a/b/c"]).unwrap(),
            Sha256Digest::compute(b"1")
        );
        assert_eq!(
            digest(&files["d"]).unwrap(),
            Sha256Digest::compute(b"link to a")
        );
    }

    #[test]
    fn names_a_missing_file() {
        let error = digest(Path::new("/nonexistent")).unwrap_err();
        assert_eq!(error.to_string(), "/nonexistent");
    }
}
