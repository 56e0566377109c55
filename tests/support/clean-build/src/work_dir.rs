//! The directory that a check works in.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::Error;

/// A directory to work in; dropped, it is deleted.
#[derive(Debug)]
pub struct Work {
    directory: PathBuf,
    keep: bool,
}

impl Work {
    /// Makes it. With `keep` it stays when it is dropped.
    ///
    /// # Errors
    /// It exists, or cannot be made.
    pub fn new(directory: PathBuf, keep: bool) -> Result<Self, Error> {
        match fs::create_dir(&directory) {
            Ok(()) => Ok(Work { directory, keep }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Err(Error::InUse { path: directory })
            }
            Err(error) => Err(Error::file(directory)(error)),
        }
    }

    /// Where it is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Leaves the directory in place, and returns its path.
    pub fn keep(mut self) -> PathBuf {
        self.keep = true;
        self.directory.clone()
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if !self.keep {
            // What is left is named by the next run.
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_deleted_unless_it_is_kept() {
        let parent = tempfile::tempdir().unwrap();
        for keep in [false, true] {
            let path = parent.path().join("work");
            drop(Work::new(path.clone(), keep).unwrap());
            assert_eq!(path.exists(), keep);
        }
        let other = parent.path().join("other");
        assert!(Work::new(other.clone(), false).unwrap().keep().exists());
    }

    #[test]
    fn one_that_is_there_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        let error = Work::new(parent.path().to_owned(), false).unwrap_err();
        assert!(error.to_string().contains("--work"), "{error}");
        assert!(parent.path().exists());
    }
}
