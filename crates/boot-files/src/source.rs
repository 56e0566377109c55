//! The file systems of an image, and what all searches need of them.

use std::io;
use std::path::{Path, PathBuf};

use file_system::{Entry, FileSystem, FileType, ReadAt};

use crate::Error;

/// The maximum number of entries of a directory that are looked at.
const MAX_ENTRIES: usize = 4096;
/// The maximum size in bytes of a text file.
const MAX_TEXT: u64 = 64 << 10;

/// A file system of the image.
#[derive(Clone)]
pub struct Source<'a> {
    /// The name in messages, such as `partition 2 (ext4 "pmOS_root")`.
    pub name: String,
    /// The file system; of an OSTree image, the view of a deployment.
    pub fs: &'a dyn FileSystem,
}

/// A file in one of the file systems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The index of the file system in the list that [`BootFiles::find`](crate::BootFiles::find) got.
    pub source: usize,
    /// The path in it, without symbolic links.
    pub path: PathBuf,
}

impl<'a> Source<'a> {
    fn error(&self, error: file_system::Error) -> Error {
        let name = self.name.clone();
        Error::FileSystem { name, error }
    }

    /// Follows symbolic links; `None` if the file is missing or has another type.
    pub(crate) fn resolve(
        &self,
        path: &Path,
        file_type: FileType,
    ) -> Result<Option<PathBuf>, Error> {
        let found = file_system::resolve(self.fs, path)
            .and_then(|path| Ok((self.fs.metadata(&path)?.file_type == file_type).then_some(path)));
        match found {
            Err(error) if is_absent(&error) => Ok(None),
            found => found.map_err(|error| self.error(error)),
        }
    }

    pub(crate) fn directory(&self, path: &Path) -> Result<Option<PathBuf>, Error> {
        self.resolve(path, FileType::Directory)
    }

    pub(crate) fn file(&self, path: &Path) -> Result<Option<PathBuf>, Error> {
        self.resolve(path, FileType::Regular)
    }

    /// Returns the first entries of a resolved directory.
    pub(crate) fn entries(&self, directory: &Path) -> Result<Vec<Entry>, Error> {
        let entries = self.fs.read_dir(directory);
        let mut entries = entries.map_err(|error| self.error(error))?;
        entries.truncate(MAX_ENTRIES);
        Ok(entries)
    }

    /// Returns the directories in a directory, and the regular files whose names `is_wanted` accepts, with
    /// their resolved paths; an absent directory has none.
    pub(crate) fn list(
        &self,
        directory: &Path,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<(Entry, PathBuf)>, Error> {
        let Some(directory) = self.directory(directory)? else {
            return Ok(Vec::new());
        };
        let mut files = Vec::new();
        for mut entry in self.entries(&directory)? {
            let mut path = directory.join(&entry.name);
            let is_directory = entry.file_type == FileType::Directory;
            if !is_directory && !is_wanted(&entry.name.to_string_lossy()) {
                continue;
            }
            if entry.file_type == FileType::Symlink {
                // A link to a directory would be visited twice.
                match self.file(&path)? {
                    Some(target) => (path, entry.file_type) = (target, FileType::Regular),
                    None => continue,
                }
            }
            if matches!(entry.file_type, FileType::Regular | FileType::Directory) {
                files.push((entry, path));
            }
        }
        Ok(files)
    }

    pub(crate) fn open(&self, path: &Path) -> Result<Box<dyn ReadAt + 'a>, Error> {
        self.fs.open(path).map_err(|error| self.error(error))
    }

    /// Returns a text file; `None` if it is absent. Bytes that are not UTF-8 are replaced.
    pub(crate) fn text(&self, path: &Path) -> Result<Option<String>, Error> {
        let Some(path) = self.file(path)? else {
            return Ok(None);
        };
        let text = file_system::read(self.fs, &path, MAX_TEXT).map_err(|error| match error {
            file_system::Error::TooLarge(_) => Error::TooLarge {
                path: path.clone(),
                limit: MAX_TEXT,
            },
            error => self.error(error),
        })?;
        Ok(Some(String::from_utf8_lossy(&text).into_owned()))
    }

    /// Whether this looks like a root file system, not like a boot partition.
    pub(crate) fn is_root(&self) -> Result<bool, Error> {
        for name in ["usr", "etc", "lib"] {
            if self.directory(Path::new(name))?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether an error is one of the path, not of the file system.
fn is_absent(error: &file_system::Error) -> bool {
    use file_system::Error;
    match error {
        Error::NotFound(_) | Error::NotADirectory(_) | Error::TooManyLinks(_) => true,
        Error::Io(error) => matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
        ),
        _ => false,
    }
}
