//! What directories list first, and how old files are.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::Error;

/// The order in which the directories of a place list their files, those that the build makes included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileOrder {
    /// The disk's; ext4 lists files by a hash of their names, in whichever order they were made.
    Disk,
    /// That of a file system in memory, which lists files in the order in which they were made. Mounting it takes root.
    Memory,
    /// Likewise, where the checkout's files were made in the reverse order.
    MemoryReversed,
}

impl fmt::Display for FileOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileOrder::Disk => "on the disk",
            FileOrder::Memory => "in memory",
            FileOrder::MemoryReversed => "in memory, made backwards",
        })
    }
}

/// A file system in memory; dropped, it is unmounted.
#[derive(Debug)]
pub struct MemoryDisk(PathBuf);

impl MemoryDisk {
    /// Mounts one of this size, such as `2m`, at a new directory; `None` where this user may not.
    ///
    /// # Errors
    /// The directory cannot be made, or there is no `mount`.
    pub fn mount(directory: &Path, size: &str) -> Result<Option<Self>, Error> {
        fs::create_dir(directory).map_err(Error::file(directory))?;
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(directory);
        let output = mount.output().map_err(|cause| Error::Start {
            program: "mount".to_owned(),
            cause,
        })?;
        let disk = MemoryDisk(directory.to_owned());
        Ok(output.status.success().then_some(disk))
    }
}

impl Drop for MemoryDisk {
    fn drop(&mut self) {
        // Lazily: a server may still be ending. What stays mounted ends with the mount namespace.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Gives every directory new entries for its files, those with the last names first: where a file system lists files as they were
/// made, it lists them in another order.
pub(crate) fn reverse(directory: &Path) -> Result<(), Error> {
    let mut entries = list(directory)?;
    entries.sort();
    for path in entries.iter().rev() {
        let aside = directory.join(".being-moved");
        fs::rename(path, &aside).map_err(Error::file(path))?;
        fs::rename(&aside, path).map_err(Error::file(path))?;
        if is_directory(path)? {
            reverse(path)?;
        }
    }
    Ok(())
}

/// Makes every file and directory below one this old.
pub(crate) fn date(directory: &Path, year: u32) -> Result<(), Error> {
    let years = year.saturating_sub(1970);
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(years) * SECONDS_A_YEAR);
    date_all(directory, time)
}

/// A Gregorian one.
const SECONDS_A_YEAR: u64 = 31_556_952;

fn date_all(directory: &Path, time: SystemTime) -> Result<(), Error> {
    for path in list(directory)? {
        // A symbolic link is not followed, and std cannot change its own time.
        let kind = fs::symlink_metadata(&path).map_err(Error::file(&path))?;
        if kind.is_dir() {
            date_all(&path, time)?;
        } else if kind.is_file() {
            set(&path, time)?;
        }
    }
    set(directory, time)
}

fn set(path: &Path, time: SystemTime) -> Result<(), Error> {
    let file = File::open(path).map_err(Error::file(path))?;
    file.set_modified(time).map_err(Error::file(path))
}

fn list(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(directory).map_err(Error::file(directory))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    paths
        .collect::<Result<_, _>>()
        .map_err(Error::file(directory))
}

fn is_directory(path: &Path) -> Result<bool, Error> {
    let kind = fs::symlink_metadata(path).map_err(Error::file(path))?;
    Ok(kind.is_dir())
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
    fn reversed_files_are_the_same_files() {
        let tree = tree();
        reverse(tree.path()).unwrap();
        assert_eq!(fs::read(tree.path().join("a")).unwrap(), b"1");
        assert_eq!(fs::read(tree.path().join("b/c")).unwrap(), b"2");
        let link = fs::read_link(tree.path().join("d")).unwrap();
        assert_eq!(link, Path::new("/nonexistent"));
        assert_eq!(list(tree.path()).unwrap().len(), 3);
    }

    #[test]
    fn every_file_and_directory_gets_the_date() {
        let tree = tree();
        date(tree.path(), 1985).unwrap();
        for name in ["", "a", "b", "b/c"] {
            let modified = fs::metadata(tree.path().join(name)).unwrap().modified();
            let seconds = modified.unwrap().duration_since(SystemTime::UNIX_EPOCH);
            assert_eq!(seconds.unwrap().as_secs() / SECONDS_A_YEAR, 15, "{name}");
        }
    }
}
