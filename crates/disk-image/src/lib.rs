//! Reads disk images through their layers: compression, Android sparse images and partition tables, inside of
//! each other in any order.
//!
//! ```no_run
//! use std::path::Path;
//! use disk_image::{Images, Options, PartitionChoice};
//!
//! let mut images = Images::new(Options::default(), |progress| eprintln!("{progress:?}"));
//! let disk = images.open(Path::new("image.img.xz"))?;
//! let root = images.partition(&disk, &PartitionChoice::parse("PARTLABEL=root"))?;
//! println!("{} bytes", root.content().size());
//! # Ok::<(), disk_image::Error>(())
//! ```
//!
//! Images are untrusted input: whatever their bytes, nothing panics, and time and memory are limited. Tables
//! take at most 16 MiB for each [`Images`]; decompression what [`Options::limits`] allows. A compressed layer with an
//! index of its blocks ([`decompress::Blocks`]) is read in place, one at a time for each [`Images`], and takes at most
//! 62 MiB, until as much was decompressed as it has in all. Other compressed layers are decompressed into files in a
//! cache, and all that are not compressed are read in place.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod cache;
mod content;
mod error;
mod fat;
mod gpt;
mod images;
mod in_place;
mod layers;
mod mbr;
mod options;
mod partition;
mod sparse;
mod view;

pub use block_probe::Superblock;
pub use content::Kind;
pub use decompress::{Format, Limits};
pub use error::{Cause, Error};
pub use images::Images;
pub use layers::Layer;
pub use options::{Options, Progress};
pub use partition::{Partition, PartitionChoice, PartitionTable, PartitionType, TableFormat};
pub use view::View;

/// The maximum number of layers inside of each other, besides the file.
pub const MAX_DEPTH: usize = 16;

/// The maximum number of layers in a tree.
pub const MAX_LAYERS: usize = 4096;

#[cfg(test)]
mod tests;
