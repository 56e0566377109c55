//! Reads ext2, ext3 and ext4 file systems in images.
//!
//! [`ExtfsView`] implements [`FileSystem`] for any image that is [`ReadAt`]. It reads:
//!
//! - blocks of 1 to 64 KiB, inodes of 128 bytes up to a block, and block numbers of 48 bits,
//! - extents, direct and indirect blocks, and content in inodes; holes, and blocks that are allocated but not
//!   written (`fallocate`), are zeros,
//! - directories with and without hash trees, of up to 64 MiB,
//! - extended attributes in inodes, in blocks, and in inodes of their own; access control lists with the values
//!   that the kernel returns,
//! - times from 1901 to 2446, where inodes have room for it,
//! - a journal that was not replayed, as if it were.
//!
//! It verifies the checksums of the superblock, group descriptors, inodes, blocks of extents, of directories and
//! of extended attributes, and of the journal of the versions 2 and 3; not those of the nodes of hash trees,
//! which it does not use, of bitmaps, and of version 1 of the journal. A directory that is not in the directory
//! that it names as its parent is an error, so that no directory contains itself.
//!
//! It rejects file systems with features that it does not know, with compression (e2compr), and with changes in
//! an external journal or in fast commits. It does not decrypt the content and names of encrypted files;
//! their metadata is readable. Names in case-insensitive directories are looked up as they are stored. It does
//! not verify content that fs-verity protects.
//!
//! The format is documented by the kernel's `Documentation/filesystems/ext4/`, `fs/ext4/ext4.h`,
//! `fs/ext4/ext4_extents.h`, `fs/ext4/xattr.h` and `include/linux/jbd2.h`.
//!
//! # Memory
//! A view keeps up to 4 MiB of metadata, and 8 MiB for the directories that were used last. The numbers of blocks
//! in the journal need up to 16 MiB while it is read, and up to 6 MiB later.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod acl;
mod attributes;
mod blocks;
mod checksum;
mod directory;
mod extents;
mod features;
mod groups;
mod indirect;
mod inode;
mod journal;
mod leaf;
mod names;
mod node;
mod path;
mod superblock;
mod view;

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use file_system::{Attribute, Entry, Error, FileSystem, FileType, Listing, Metadata, ReadAt};

use crate::node::Node;
pub use crate::view::ExtfsView;

/// The maximum size in bytes of the target of a symbolic link: `PATH_MAX` of the kernel.
const MAX_TARGET: u64 = 4096;

impl<R: ReadAt> FileSystem for ExtfsView<R> {
    fn kind(&self) -> &'static str {
        "ext4"
    }

    fn metadata(&self, path: &Path) -> Result<Metadata, Error> {
        Ok(self.find(path)?.metadata)
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<Entry>, Error> {
        let Some(directory) = self.directory(path)? else {
            // Not found, or:
            self.find(path)?;
            return Err(Error::NotADirectory(path.to_owned()));
        };
        let mut listing = Listing::default();
        self.visit_entries(&directory.node, &mut |entry| {
            let file_type = match entry.file_type {
                _ if entry.name == b"." || entry.name == b".." => FileType::Directory,
                Some(file_type) => file_type,
                None => self.inode(entry.inode)?.metadata.file_type,
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
        node.read(&self.blocks, &mut target, 0)?;
        Ok(OsString::from_vec(target))
    }

    fn attributes(&self, path: &Path) -> Result<Vec<Attribute>, Error> {
        self.read_attributes(&self.find(path)?)
    }

    fn open<'a>(&'a self, path: &Path) -> Result<Box<dyn ReadAt + 'a>, Error> {
        Ok(Box::new(File {
            view: self,
            node: self.find_of_type(path, FileType::Regular)?,
        }))
    }
}

/// An open file.
struct File<'a, R> {
    view: &'a ExtfsView<R>,
    node: Node,
}

impl<R: ReadAt> ReadAt for File<'_, R> {
    fn size(&self) -> u64 {
        self.node.inode.size
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        Ok(self.node.read(&self.view.blocks, bytes, offset)?)
    }
}

/// Locks what stays consistent if a thread panics while it holds the lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
