//! ext2, ext3 and ext4, with the crate ext4-view.

mod file;
mod guard;
mod limits;

use std::cell::RefCell;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use ext4_view::{Ext4Read, FileType as Ext4FileType};
use file_system::{Attribute, Entry, Error, FileSystem, FileType, Listing, Metadata, ReadAt};
use read_at::Shared;

use file::OpenFile;
use guard::guard;

/// The maximum size of a directory in bytes. Names of all its files that fit into a [`Listing`] need
/// less, but ext4 never shrinks a directory.
const MAX_DIRECTORY: u64 = 64 << 20;
/// The maximum size of a file in blocks: ext4-view steps through all blocks before a position.
const MAX_FILE_BLOCKS: u64 = 4 << 20;
/// `PATH_MAX` in the kernel's `include/uapi/linux/limits.h`.
const MAX_LINK: u64 = 4096;

/// An ext2, ext3 or ext4 file system in an image. A journal that was not replayed is taken into account.
///
/// It lacks extended attributes and the numbers of devices, which ext4-view does not read. Files of more
/// than 4 Mi blocks (16 GiB with blocks of 4 KiB) and directories of more than 64 MiB are
/// [`Error::TooLarge`].
///
/// Limitations of ext4-view 1.0.0, which cannot be detected here:
/// - The content of files that were allocated but not written (`fallocate`) is what the disk contains there, not
///   zeros.
/// - Files with holes that have no extents, as in ext2, and files with a time before 1970 or after
///   2038 are [`Error::Corrupt`].
#[derive(Debug)]
pub struct Ext4 {
    inner: ext4_view::Ext4,
    /// In bytes.
    max_file: u64,
    /// The last directory whose path was found to consist of directories.
    known: RefCell<Option<PathBuf>>,
}

struct Image(Shared);

impl Ext4Read for Image {
    fn read(
        &mut self,
        start: u64,
        bytes: &mut [u8],
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.0.read_exact_at(bytes, start)?)
    }
}

impl Ext4 {
    /// Reads superblock, block group descriptors and journal of the file system in `image`.
    ///
    /// # Errors
    /// [`Error::Corrupt`], and [`Error::Unsupported`] for features that ext4-view does not read.
    pub fn new(image: Shared) -> Result<Self, Error> {
        let block_size = limits::check(&image)?;
        let reader = Box::new(Image(image));
        let inner = guard(Path::new(""), || ext4_view::Ext4::load(reader))?;
        Ok(Ext4 {
            inner,
            max_file: block_size * MAX_FILE_BLOCKS,
            known: RefCell::new(None),
        })
    }

    /// Returns the metadata of a file whose directories are known.
    fn read_metadata(&self, path: &Path) -> Result<Metadata, Error> {
        let found = guard(path, || self.inner.symlink_metadata(&absolute(path)[..]))?;
        let file_type = convert(found.file_type());
        let size = found.len();
        if file_type == FileType::Directory && size > MAX_DIRECTORY {
            let what = format!("{} has {size} bytes, more than", path.display());
            return Err(Error::TooLarge(format!("{what} {MAX_DIRECTORY}")));
        }
        let has_size = matches!(file_type, FileType::Regular | FileType::Symlink);
        Ok(Metadata {
            file_type,
            permissions: found.mode(),
            uid: found.uid(),
            gid: found.gid(),
            size: if has_size { size } else { 0 },
            modified: found.modified().seconds(),
            device: None,
        })
    }

    /// Checks that all components of a path but the last are directories: ext4-view would follow symbolic
    /// links, and read their targets whatever their size.
    fn check_parents(&self, path: &Path) -> Result<(), Error> {
        let parent = path.parent().unwrap_or(Path::new(""));
        let known = self.known.borrow().clone();
        let is_known = |directory: &Path| {
            let known = known.as_ref();
            known.is_some_and(|known| known.starts_with(directory))
        };
        let ancestors = parent.ancestors();
        let unknown: Vec<&Path> = ancestors.take_while(|path| !is_known(path)).collect();
        for directory in unknown.into_iter().rev() {
            let metadata = self.read_metadata(directory)?;
            if metadata.file_type != FileType::Directory {
                return Err(Error::NotFound(path.to_owned()));
            }
            *self.known.borrow_mut() = Some(directory.to_owned());
        }
        Ok(())
    }

    fn wrong_type(path: &Path, expected: FileType, found: FileType) -> Error {
        Error::WrongType {
            path: path.to_owned(),
            expected,
            found,
        }
    }
}

/// The path as ext4-view expects it.
fn absolute(path: &Path) -> Vec<u8> {
    [b"/", path.as_os_str().as_bytes()].concat()
}

fn convert(file_type: Ext4FileType) -> FileType {
    match file_type {
        Ext4FileType::Regular => FileType::Regular,
        Ext4FileType::Directory => FileType::Directory,
        Ext4FileType::Symlink => FileType::Symlink,
        Ext4FileType::CharacterDevice => FileType::CharacterDevice,
        Ext4FileType::BlockDevice => FileType::BlockDevice,
        Ext4FileType::Fifo => FileType::Fifo,
        Ext4FileType::Socket => FileType::Socket,
    }
}

impl FileSystem for Ext4 {
    fn kind(&self) -> &'static str {
        "ext4"
    }

    fn metadata(&self, path: &Path) -> Result<Metadata, Error> {
        self.check_parents(path)?;
        self.read_metadata(path)
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<Entry>, Error> {
        if self.metadata(path)?.file_type != FileType::Directory {
            return Err(Error::NotADirectory(path.to_owned()));
        }
        let mut entries = guard(path, || self.inner.read_dir(&absolute(path)[..]))?;
        let mut listing = Listing::default();
        while let Some(entry) = guard(path, || entries.next().transpose())? {
            let file_type = guard(path, || entry.file_type())?;
            listing.add(entry.file_name().as_ref(), convert(file_type))?;
        }
        listing.finish()
    }

    fn read_link(&self, path: &Path) -> Result<OsString, Error> {
        let metadata = self.metadata(path)?;
        if metadata.file_type != FileType::Symlink {
            return Err(Self::wrong_type(
                path,
                FileType::Symlink,
                metadata.file_type,
            ));
        }
        if metadata.size > MAX_LINK {
            let (path, size) = (path.display(), metadata.size);
            let what = format!("{path}: a target of {size} bytes, expected up to {MAX_LINK}");
            return Err(Error::corrupt(what));
        }
        let target = guard(path, || self.inner.read_link(&absolute(path)[..]))?;
        let bytes: &[u8] = target.as_ref();
        Ok(OsString::from_vec(bytes.to_vec()))
    }

    fn attributes(&self, _: &Path) -> Result<Vec<Attribute>, Error> {
        Err(Error::unsupported("extended attributes of ext4"))
    }

    fn open<'a>(&'a self, path: &Path) -> Result<Box<dyn ReadAt + 'a>, Error> {
        let metadata = self.metadata(path)?;
        if metadata.file_type != FileType::Regular {
            return Err(Self::wrong_type(
                path,
                FileType::Regular,
                metadata.file_type,
            ));
        }
        if metadata.size > self.max_file {
            let (path, size, max) = (path.display(), metadata.size, self.max_file);
            let what = format!("{path} has {size} bytes, more than {max}");
            return Err(Error::TooLarge(what));
        }
        let file = guard(path, || self.inner.open(&absolute(path)[..]))?;
        Ok(Box::new(OpenFile::new(file, path, metadata.size)))
    }
}
