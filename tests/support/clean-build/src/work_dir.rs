//! The working directory of a check.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::Error;

/// The working directory of a check. Dropping it deletes the directory, unless it is to be kept.
#[derive(Debug)]
pub struct WorkDir {
    directory: PathBuf,
    keep: bool,
}

impl WorkDir {
    /// Creates the directory, which is deleted on drop unless `keep` is true.
    ///
    /// # Errors
    /// The directory exists, or cannot be created.
    pub fn new(directory: PathBuf, keep: bool) -> Result<Self, Error> {
        match fs::create_dir(&directory) {
            Ok(()) => Ok(WorkDir { directory, keep }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Err(Error::InUse { path: directory })
            }
            Err(error) => Err(Error::file(directory)(error)),
        }
    }

    /// The path of the directory.
    pub fn path(&self) -> &Path {
        &self.directory
    }

    /// Keeps the directory, and returns its path.
    pub fn keep(mut self) -> PathBuf {
        self.keep = true;
        self.directory.clone()
    }
}

impl Drop for WorkDir {
    fn drop(&mut self) {
        if !self.keep {
            // If files are left, the next run reports the directory.
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deletes_the_directory_unless_it_is_kept() {
        let parent = tempfile::tempdir().unwrap();
        for keep in [false, true] {
            let path = parent.path().join("work");
            drop(WorkDir::new(path.clone(), keep).unwrap());
            assert_eq!(path.exists(), keep);
        }
        let other = parent.path().join("other");
        assert!(WorkDir::new(other.clone(), false).unwrap().keep().exists());
    }

    #[test]
    fn rejects_and_keeps_an_existing_directory() {
        let parent = tempfile::tempdir().unwrap();
        let error = WorkDir::new(parent.path().to_owned(), false).unwrap_err();
        assert!(error.to_string().contains("--work"), "{error}");
        assert!(parent.path().exists());
    }
}
