//! Reads and writes initramfs images in the format that the kernel reads.
//!
//! An image is a sequence of cpio archives, plain or compressed, with zeros between them. The kernel's
//! `Documentation/driver-api/early-userspace/buffer-format.rst` has the grammar, `init/initramfs.c`
//! the details. This crate handles only the format, whatever the files in it:
//!
//! - [`Tree`]: the files of an archive to write;
//! - [`Tree::write`] and [`Compressor`] write an archive; the same tree always gives the same bytes;
//! - [`pad`]: the padding between an image and an archive that is appended to it;
//! - [`read()`] lists the entries of an image, which is untrusted input;
//! - [`Base`]: the files of an image that comes first, and how a tree changes them;
//! - [`Format`] detects the format of an archive.
//!
//! Images are streamed, never held in memory.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod base;
mod bootconfig;
mod compressor;
mod format;
mod header;
mod read;
mod tree;
mod write;
mod zstd_writer;

pub use base::{Base, Change};
pub use bootconfig::{MAX_BOOTCONFIG_SIZE, bootconfig_size};
pub use compressor::{Compression, Compressor};
pub use format::Format;
pub use header::{FileType, Header};
pub use read::{Cause, Entry, Limits, Part, ReadError, read};
pub use tree::{Content, Source, Tree, TreeError};
pub use write::{WriteError, pad};

/// The name of the entry that ends a cpio archive.
const TRAILER: &[u8] = b"TRAILER!!!";

/// Headers and contents are aligned to this number of bytes.
const ALIGNMENT: u64 = 4;

/// The number of bytes from `offset` to the next multiple of [`ALIGNMENT`].
fn padding(offset: u64) -> u64 {
    offset.wrapping_neg() % ALIGNMENT
}
