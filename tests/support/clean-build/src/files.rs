//! The order of directory entries, and modification times.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::Error;

/// The order in which all directories of a build, including its output, list their entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileOrder {
    /// The order of the disk's file system. ext4 orders entries by a hash of their names, independently of creation.
    Disk,
    /// The order of creation, on a tmpfs. Mounting it requires root.
    Tmpfs,
    /// As `Tmpfs`, with the checkout's entries in reverse order.
    TmpfsReversed,
}

impl fmt::Display for FileOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileOrder::Disk => "disk",
            FileOrder::Tmpfs => "tmpfs",
            FileOrder::TmpfsReversed => "tmpfs, reversed",
        })
    }
}

/// A mounted tmpfs. Dropping it unmounts it.
#[derive(Debug)]
pub struct Tmpfs(PathBuf);

impl Tmpfs {
    /// Creates a directory and mounts a tmpfs there. `size` is the mount option, such as `2m`.
    ///
    /// # Errors
    /// The directory exists or cannot be created, or this user may not mount.
    pub fn mount(directory: &Path, size: &str) -> Result<Self, Error> {
        fs::create_dir(directory).map_err(Error::file(directory))?;
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(directory);
        let output = mount.output().map_err(|cause| Error::Start {
            program: "mount".to_owned(),
            cause,
        })?;
        if !output.status.success() {
            return Err(Error::Mount {
                path: directory.to_owned(),
            });
        }
        Ok(Tmpfs(directory.to_owned()))
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        // Lazily, as a server may still be exiting. The mount ends with the mount namespace at the latest.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Recreates the entries of all directories in reverse order of their names, which reverses the order in which a tmpfs lists them.
pub(crate) fn reverse_entries(directory: &Path) -> Result<(), Error> {
    let mut entries = list_entries(directory)?;
    entries.sort();
    for path in entries.iter().rev() {
        let aside = directory.join(".moving");
        fs::rename(path, &aside).map_err(Error::file(path))?;
        fs::rename(&aside, path).map_err(Error::file(path))?;
        if is_directory(path)? {
            reverse_entries(path)?;
        }
    }
    Ok(())
}

/// Sets the modification time of all files and directories in a directory to the start of a year.
pub(crate) fn set_year(directory: &Path, year: u32) -> Result<(), Error> {
    let years = year.saturating_sub(1970);
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(years) * SECONDS_PER_YEAR);
    set_times(directory, time)
}

/// The mean Gregorian year.
const SECONDS_PER_YEAR: u64 = 31_556_952;

fn set_times(directory: &Path, time: SystemTime) -> Result<(), Error> {
    for path in list_entries(directory)? {
        // Symbolic links keep their times: std can only set those of their targets.
        let metadata = fs::symlink_metadata(&path).map_err(Error::file(&path))?;
        if metadata.is_dir() {
            set_times(&path, time)?;
        } else if metadata.is_file() {
            set_time(&path, time)?;
        }
    }
    set_time(directory, time)
}

fn set_time(path: &Path, time: SystemTime) -> Result<(), Error> {
    let file = File::open(path).map_err(Error::file(path))?;
    file.set_modified(time).map_err(Error::file(path))
}

fn list_entries(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(directory).map_err(Error::file(directory))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    paths
        .collect::<Result<_, _>>()
        .map_err(Error::file(directory))
}

fn is_directory(path: &Path) -> Result<bool, Error> {
    let metadata = fs::symlink_metadata(path).map_err(Error::file(path))?;
    Ok(metadata.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("b")).unwrap();
        fs::write(directory.path().join("a"), b"1").unwrap();
        fs::write(directory.path().join("b/c"), b"2").unwrap();
        std::os::unix::fs::symlink("/nonexistent", directory.path().join("d")).unwrap();
        directory
    }

    #[test]
    fn reversing_keeps_all_files() {
        let tree = tree();
        reverse_entries(tree.path()).unwrap();
        assert_eq!(fs::read(tree.path().join("a")).unwrap(), b"1");
        assert_eq!(fs::read(tree.path().join("b/c")).unwrap(), b"2");
        let link = fs::read_link(tree.path().join("d")).unwrap();
        assert_eq!(link, Path::new("/nonexistent"));
        assert_eq!(list_entries(tree.path()).unwrap().len(), 3);
    }

    #[test]
    fn sets_the_year_of_files_and_directories() {
        let tree = tree();
        set_year(tree.path(), 1985).unwrap();
        for name in ["", "a", "b", "b/c"] {
            let modified = fs::metadata(tree.path().join(name)).unwrap().modified();
            let seconds = modified.unwrap().duration_since(SystemTime::UNIX_EPOCH);
            assert_eq!(seconds.unwrap().as_secs() / SECONDS_PER_YEAR, 15, "{name}");
        }
    }
}
