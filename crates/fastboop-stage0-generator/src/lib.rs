//! The stage0 that fastboop carries.
//!
//! Its bytes become part of the program when this crate is compiled. The file comes from the build
//! system: with Cargo `build.rs` finds it, with Bazel it is a dependency. Both check it first and
//! set `FASTBOOP_STAGE0_EMBED_PATH` to its path and `FASTBOOP_STAGE0_EMBED_MODE` to how it was found;
//! the source of this crate is the same for both.
//!
//! [`Initramfs`] is what is made from it: the image that a device is booted with.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod append;
mod embedded;
mod epoch;
mod error;
mod extra_file;
mod initramfs;
mod modules;

pub use ::initramfs::Compression;
pub use embedded::{EMBED_MODE, STAGE0, inspect_embedded};
pub use epoch::parse_mtime;
pub use error::Error;
pub use extra_file::ExtraFile;
pub use initramfs::{Initramfs, Options, Summary, Totals};
pub use modules::ModuleTree;
