//! A directory of this machine as a file system.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use file_system::{Attribute, Entry, Error, FileSystem, FileType, Listing, Metadata, ReadAt};
use read_at::FileAt;
use rustix::fs::{lgetxattr, llistxattr, major, minor};

/// A directory, with what another program extracted from an image.
#[derive(Debug)]
pub struct Directory(PathBuf);

/// More than any attribute, and all names of a file's attributes, have in our images.
const MAX_ATTRIBUTES: usize = 1 << 16;

impl Directory {
    /// The directory at `path`.
    pub fn new(path: &Path) -> Self {
        Directory(path.to_owned())
    }

    fn path(&self, path: &Path) -> PathBuf {
        // Joining an empty path would append a slash, which follows symbolic links.
        if path.as_os_str().is_empty() {
            self.0.clone()
        } else {
            self.0.join(path)
        }
    }
}

/// Returns the error of [`FileSystem`] for a file that does not exist.
fn not_found(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
    move |error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Error::NotFound(path.to_owned()),
        _ => Error::Io(error),
    }
}

fn convert(path: &Path, metadata: &fs::Metadata) -> Result<Metadata, Error> {
    let mode = metadata.mode() as u16;
    let file_type = FileType::from_mode(mode)
        .ok_or_else(|| Error::unsupported(format!("{}: mode {mode:o}", path.display())))?;
    let is_device = matches!(file_type, FileType::CharacterDevice | FileType::BlockDevice);
    let has_size = matches!(file_type, FileType::Regular | FileType::Symlink);
    Ok(Metadata {
        file_type,
        permissions: mode & 0o7777,
        uid: metadata.uid(),
        gid: metadata.gid(),
        size: if has_size { metadata.size() } else { 0 },
        modified: metadata.mtime(),
        device: is_device.then(|| (major(metadata.rdev()), minor(metadata.rdev()))),
    })
}

impl FileSystem for Directory {
    fn kind(&self) -> &'static str {
        "directory"
    }

    fn metadata(&self, path: &Path) -> Result<Metadata, Error> {
        let metadata = self.path(path).symlink_metadata();
        convert(path, &metadata.map_err(not_found(path))?)
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<Entry>, Error> {
        let mut listing = Listing::default();
        for entry in fs::read_dir(self.path(path))? {
            let entry = entry?;
            let file_type = convert(path, &entry.metadata()?)?.file_type;
            listing.add(entry.file_name().as_bytes(), file_type)?;
        }
        listing.finish()
    }

    fn read_link(&self, path: &Path) -> Result<OsString, Error> {
        Ok(fs::read_link(self.path(path))?.into_os_string())
    }

    fn attributes(&self, path: &Path) -> Result<Vec<Attribute>, Error> {
        let path = self.path(path);
        let mut names = vec![0; MAX_ATTRIBUTES];
        let length = llistxattr(&path, &mut names[..]).map_err(io::Error::from)?;
        names.truncate(length);
        let names = names
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty());
        let mut attributes = names
            .map(|name| {
                let mut value = vec![0; MAX_ATTRIBUTES];
                let length = lgetxattr(&path, OsStr::from_bytes(name), &mut value[..]);
                value.truncate(length.map_err(io::Error::from)?);
                Ok((OsString::from_vec(name.to_vec()), value))
            })
            .collect::<Result<Vec<Attribute>, Error>>()?;
        attributes.sort();
        Ok(attributes)
    }

    fn open<'a>(&'a self, path: &Path) -> Result<Box<dyn ReadAt + 'a>, Error> {
        Ok(Box::new(FileAt::open(&self.path(path))?))
    }
}
