//! Reads squashfs file systems in images: version 4.0 in little-endian byte order, as the kernel's
//! `fs/squashfs/squashfs_fs.h` and `Documentation/filesystems/squashfs.rst` describe it.
//!
//! All compressions that the kernel supports: gzip, lzo, xz, lz4 and zstd. Export tables are ignored, as
//! only NFS needs them, and so are options of compressors, as the blocks contain what the decoders need.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use file_system::{FileSystem, read};
//! use squashfs_view::SquashfsView;
//!
//! let image = std::fs::read("root.squashfs")?;
//! let fs = SquashfsView::new(image)?;
//! let release = read(&fs, Path::new("/etc/os-release"), 65536)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Memory
//! At most 16 MiB: the last metadata, data and fragment blocks are kept decompressed, which is 4.5 MiB with
//! blocks of 1 MiB; the rest is what decompressing a block takes.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod attributes;
mod block_list;
mod cache;
mod compression;
mod cursor;
mod directory;
mod fields;
mod file;
mod image;
mod inode;
mod lzo;
mod superblock;
mod table;
mod trail;
mod zstd;

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::sync::Arc;

use file_system::{Attribute, Entry, Error, FileSystem, FileType, Metadata, ReadAt};

use crate::file::File;
use crate::image::Image;
use crate::inode::{Content, Inode};
use crate::trail::Trail;

/// A squashfs file system in an image.
#[derive(Debug)]
pub struct SquashfsView<R> {
    image: Image<R>,
    trail: Trail,
}

impl<R: ReadAt> SquashfsView<R> {
    /// Opens the file system that begins at the start of `image`, which may be longer.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if it is not squashfs, or damaged; [`Error::Unsupported`] for other versions and
    /// for lzma.
    pub fn new(image: R) -> Result<Self, Error> {
        let image = Image::new(image)?;
        let root = Inode::read(&image, image.superblock.root)?;
        if !matches!(root.content, Content::Directory(_)) {
            return Err(Error::corrupt(format!(
                "the root is a {}, expected a directory",
                root.metadata.file_type
            )));
        }
        Ok(SquashfsView {
            image,
            trail: Trail::new(root),
        })
    }

    fn inode(&self, path: &Path) -> Result<Arc<Inode>, Error> {
        self.trail.find(&self.image, path)
    }
}

fn wrong_type(path: &Path, expected: FileType, inode: &Inode) -> Error {
    Error::WrongType {
        path: path.to_owned(),
        expected,
        found: inode.metadata.file_type,
    }
}

impl<R: ReadAt> FileSystem for SquashfsView<R> {
    fn kind(&self) -> &'static str {
        "squashfs"
    }

    fn metadata(&self, path: &Path) -> Result<Metadata, Error> {
        Ok(self.inode(path)?.metadata.clone())
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<Entry>, Error> {
        match &self.inode(path)?.content {
            Content::Directory(directory) => directory::list(&self.image, directory),
            _ => Err(Error::NotADirectory(path.to_owned())),
        }
    }

    fn read_link(&self, path: &Path) -> Result<OsString, Error> {
        let inode = self.inode(path)?;
        match &inode.content {
            Content::Symlink(target) => Ok(OsString::from_vec(target.clone())),
            _ => Err(wrong_type(path, FileType::Symlink, &inode)),
        }
    }

    fn attributes(&self, path: &Path) -> Result<Vec<Attribute>, Error> {
        match self.inode(path)?.attributes {
            Some(list) => attributes::read(&self.image, list),
            None => Ok(Vec::new()),
        }
    }

    fn open<'a>(&'a self, path: &Path) -> Result<Box<dyn ReadAt + 'a>, Error> {
        let inode = self.inode(path)?;
        match &inode.content {
            Content::Regular(regular) => Ok(Box::new(File::new(&self.image, regular)?)),
            _ => Err(wrong_type(path, FileType::Regular, &inode)),
        }
    }
}

#[cfg(test)]
mod test_image;
#[cfg(test)]
mod tests;
