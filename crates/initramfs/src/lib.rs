//! Initramfs images, as the kernel reads them.
//!
//! An image is a row of cpio archives, plain or compressed, with zeros between them: the kernel's
//! `Documentation/driver-api/early-userspace/buffer-format.rst` has the grammar, `init/initramfs.c`
//! the details. This crate knows nothing of what is in them:
//!
//! - [`Tree`]: what should be in an archive, in the order in which it is written;
//! - [`Tree::write`] and [`Compressor`]: an archive, always the same bytes for the same tree;
//! - [`pad`]: what goes between an image and an archive that is appended to it;
//! - [`read()`]: what is in an image, wherever it comes from;
//! - [`Format`]: what begins at some byte of an image.
//!
//! Nothing here holds an image in memory.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod compressor;
mod format;
mod header;
mod read;
mod tree;
mod write;
mod zstd_writer;

pub use compressor::{Compression, Compressor};
pub use format::Format;
pub use header::{FileType, Header};
pub use read::{Cause, Entry, Limits, Part, ReadError, read};
pub use tree::{Content, Source, Tree, TreeError};
pub use write::{WriteError, pad};

/// The name of the entry that ends a cpio archive.
const TRAILER: &[u8] = b"TRAILER!!!";

/// Headers and contents begin at multiples of this many bytes.
const ALIGNMENT: u64 = 4;

/// How many bytes there are from `offset` to the next multiple of [`ALIGNMENT`].
fn padding(offset: u64) -> u64 {
    offset.wrapping_neg() % ALIGNMENT
}
