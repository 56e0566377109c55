//! The interface of the file systems that fastboop reads in images, without mounting them.
//!
//! Each format has its own crate, which implements [`FileSystem`]. The functions of this crate work on
//! any of them: [`resolve()`] follows symbolic links, [`read()`] returns a small file, [`walk()`] visits
//! every file.
//!
//! # Paths
//! Paths of [`FileSystem`] are relative to the root of the file system and normalized: no leading `/`, no
//! `.` or `..`, and no symbolic link before the last component. The root is the empty path.
//! [`resolve()`] makes such a path of any other, and never leaves the image.
//!
//! # Untrusted input
//! An image may come from anybody. Whatever its bytes are, an implementation returns: it does not panic,
//! loop, or follow a cycle, and needs less than 32 MiB of memory beside what it returns. Sizes in the image
//! never decide on an allocation before they are checked.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

pub mod bytes;
mod error;
mod listing;
mod metadata;
mod read;
mod resolve;
mod walk;

#[cfg(test)]
mod test_tree;

use std::ffi::OsString;
use std::path::Path;

pub use error::Error;
pub use listing::Listing;
pub use metadata::{FileType, Metadata};
pub use read::read;
pub use read_at::ReadAt;
pub use resolve::{join, resolve};
pub use walk::walk;

/// An extended attribute: its full name, such as `security.selinux`, and its value.
pub type Attribute = (OsString, Vec<u8>);

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name: not empty, without `/`, neither `.` nor `..`.
    pub name: OsString,
    /// The type of the file.
    pub file_type: FileType,
}

/// A read-only file system in an image. See the [crate] for paths and for limits.
pub trait FileSystem {
    /// The kernel's name of the format, such as `erofs`.
    fn kind(&self) -> &'static str;

    /// Returns the metadata of a file; of a symbolic link, not of its target.
    ///
    /// # Errors
    /// [`Error::NotFound`], also if a component before the last is not a directory.
    fn metadata(&self, path: &Path) -> Result<Metadata, Error>;

    /// Returns the entries of a directory, without `.` and `..`, sorted by name.
    ///
    /// # Errors
    /// [`Error::NotADirectory`], and [`Error::TooLarge`] beyond the limits of [`Listing`].
    fn read_dir(&self, path: &Path) -> Result<Vec<Entry>, Error>;

    /// Returns the target of a symbolic link as stored, at most 4096 bytes.
    ///
    /// # Errors
    /// [`Error::WrongType`] if the file is not a symbolic link.
    fn read_link(&self, path: &Path) -> Result<OsString, Error>;

    /// Returns the extended attributes of a file, sorted by name.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the implementation cannot read them.
    fn attributes(&self, path: &Path) -> Result<Vec<Attribute>, Error>;

    /// Opens a regular file. Errors of reading are an [`Error`] inside of a [`std::io::Error`].
    ///
    /// # Errors
    /// [`Error::WrongType`] if the file is not a regular file.
    fn open<'a>(&'a self, path: &Path) -> Result<Box<dyn ReadAt + 'a>, Error>;
}
