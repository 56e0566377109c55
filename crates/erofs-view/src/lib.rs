//! Reads erofs file systems in images.
//!
//! [`ErofsView`] implements [`FileSystem`] for any image that is [`ReadAt`]. It reads:
//!
//! - blocks of 512 bytes to 64 KiB, and block numbers of 48 bits,
//! - content in consecutive blocks, behind inodes, and in chunks with holes,
//! - content compressed with LZ4, MicroLZMA, DEFLATE and Zstandard, with all forms of indexes: full, compact,
//!   and records of extents; large physical clusters, and clusters that several files share,
//! - the end of files behind their indexes, and fragments in the packed inode,
//! - metadata in the metabox inode,
//! - extended attributes, inline and shared, with long prefixes.
//!
//! It rejects images with data on extra devices, and those with features that it does not know.
//!
//! The format is documented by the kernel's `fs/erofs/erofs_fs.h`, `fs/erofs/zmap.c`, and
//! `Documentation/filesystems/erofs.rst`.
//!
//! # Memory
//! A view keeps up to 12 MiB of decompressed data, and 512 KiB of metadata. While it decompresses a cluster, it
//! needs at most 16 MiB more, for the compressed data, and for the window and the probabilities of LZMA.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod area;
mod attributes;
mod bytes;
mod cache;
mod clusters;
mod compressed;
mod decode;
mod directory;
mod extent;
mod flat;
mod index;
mod inode;
mod lz4;
mod pack;
mod path;
mod records;
mod superblock;
mod view;
mod zstd;

#[cfg(test)]
mod test_data;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use file_system::{Attribute, Entry, Error, FileSystem, FileType, Listing, Metadata, ReadAt};

use crate::extent::{Extent, Node};
pub use crate::view::ErofsView;

/// The maximum size in bytes of the target of a symbolic link: `PATH_MAX` of the kernel.
const MAX_TARGET: u64 = 4096;

impl<R: ReadAt> FileSystem for ErofsView<R> {
    fn kind(&self) -> &'static str {
        "erofs"
    }

    fn metadata(&self, path: &Path) -> Result<Metadata, Error> {
        Ok(self.find(path)?.metadata)
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<Entry>, Error> {
        let inode = self.find(path)?;
        if inode.metadata.file_type != FileType::Directory {
            return Err(Error::NotADirectory(path.to_owned()));
        }
        let directory = self.node(inode)?;
        let mut listing = Listing::default();
        self.visit_entries(&directory, &mut |entry| {
            let file_type = match entry.file_type {
                Some(file_type) => file_type,
                None => self.inode(entry.nid)?.metadata.file_type,
            };
            listing.add(entry.name, file_type)
        })?;
        listing.finish()
    }

    fn read_link(&self, path: &Path) -> Result<OsString, Error> {
        let node = self.find_of_type(path, FileType::Symlink)?;
        let size = node.inode.size;
        if size > MAX_TARGET {
            let path = path.display();
            return Err(Error::TooLarge(format!(
                "the target of {path} has {size} bytes, more than {MAX_TARGET}"
            )));
        }
        let mut target = vec![0; usize::try_from(size).unwrap_or_default()];
        self.read(&node, &mut target, 0, &mut None)?;
        Ok(OsString::from_vec(target))
    }

    fn attributes(&self, path: &Path) -> Result<Vec<Attribute>, Error> {
        self.read_attributes(&self.find(path)?)
    }

    fn open<'a>(&'a self, path: &Path) -> Result<Box<dyn ReadAt + 'a>, Error> {
        Ok(Box::new(File {
            view: self,
            node: self.find_of_type(path, FileType::Regular)?,
            last: Mutex::new(None),
        }))
    }
}

/// An open file.
struct File<'a, R> {
    view: &'a ErofsView<R>,
    node: Arc<Node>,
    /// The extent that was read last.
    last: Mutex<Option<Extent>>,
}

impl<R: ReadAt> ReadAt for File<'_, R> {
    fn size(&self) -> u64 {
        self.node.inode.size
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        let mut last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        self.view.read(&self.node, bytes, offset, &mut last)?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = last;
        Ok(())
    }
}
