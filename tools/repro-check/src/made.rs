//! What builds made, kept for comparison.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fastboop_files::Sha256Digest;
use serde::Serialize;

/// A build, or whatever else makes files that should be the same each time.
#[derive(Debug, Serialize)]
pub struct Made {
    /// Where, by whom, with what.
    pub how: String,
    /// How long it took.
    pub seconds: f64,
    /// What was made: by name, the file.
    #[serde(skip)]
    pub files: BTreeMap<String, PathBuf>,
}

/// The digest of a file. What is not a file has one of what it is.
pub fn digest(path: &Path) -> Result<Sha256Digest, String> {
    let named = |error| format!("{}: {error}", path.display());
    let kind = fs::symlink_metadata(path).map_err(named)?;
    let bytes = if kind.is_symlink() {
        let target = fs::read_link(path).map_err(named)?;
        format!("link to {}", target.display()).into_bytes()
    } else {
        fs::read(path).map_err(named)?
    };
    Ok(Sha256Digest::of(&bytes))
}

impl Made {
    /// What is in a directory that was made elsewhere.
    pub fn there(directory: &Path) -> Result<Self, String> {
        Ok(Made {
            how: directory.display().to_string(),
            seconds: 0.0,
            files: below(directory)?,
        })
    }
}

/// All files and links below a directory, by their path in it.
pub fn below(directory: &Path) -> Result<BTreeMap<String, PathBuf>, String> {
    let mut files = BTreeMap::new();
    let mut left = vec![directory.to_owned()];
    while let Some(next) = left.pop() {
        let named = |error| format!("{}: {error}", next.display());
        for entry in fs::read_dir(&next).map_err(named)? {
            let entry = entry.map_err(named)?;
            if entry.file_type().map_err(named)?.is_dir() {
                left.push(entry.path());
                continue;
            }
            let path = entry.path();
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
    fn files_at_every_depth_are_found_and_links_are_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::create_dir_all(at("a/b")).unwrap();
        fs::write(at("a/b/c"), b"1").unwrap();
        std::os::unix::fs::symlink("a", at("d")).unwrap();
        let files = below(directory.path()).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["a/b/c", "d"]);
        assert_eq!(digest(&files["a/b/c"]).unwrap(), Sha256Digest::of(b"1"));
        assert_eq!(digest(&files["d"]).unwrap(), Sha256Digest::of(b"link to a"));
    }

    #[test]
    fn a_file_that_is_gone_is_named() {
        let error = digest(Path::new("/nonexistent")).unwrap_err();
        assert!(error.starts_with("/nonexistent: "), "{error}");
    }
}
