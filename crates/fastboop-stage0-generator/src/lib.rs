//! Embeds a stage0 artifact, and generates the initramfs that boots a device with it.
//!
//! The artifact becomes part of the program when this crate is compiled. The build system provides the
//! file: with Cargo, `build.rs` finds, builds or downloads it; with Bazel, it is a dependency. Both validate
//! it and set two environment variables of the compiler: `FASTBOOP_STAGE0_EMBED_PATH`, the path of the
//! artifact, and `FASTBOOP_STAGE0_EMBED_MODE`, its origin. The source code of this crate is the same for
//! both. An initramfs contains stage0 as `/init`, and optionally kernel modules, settings and other files.
//!
//! ```no_run
//! use std::fs::File;
//! use std::io::BufWriter;
//!
//! use fastboop_stage0_generator::{Compression, Initramfs, Options};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // With the embedded stage0.
//! let mut initramfs = Initramfs::new(None)?;
//! initramfs.add_setting("root", "LABEL=rootfs")?;
//! initramfs.finish(None)?;
//! let options = Options {
//!     compression: Compression::Gzip,
//!     mtime: 0,
//! };
//! let output = BufWriter::new(File::create("initramfs.img")?);
//! let summary = initramfs.write(output, &options, &mut |_| ())?;
//! println!("wrote {} bytes", summary.size);
//! # Ok(())
//! # }
//! ```
//!
//! - [`STAGE0`], [`EMBED_MODE`] and [`inspect_embedded`]: the embedded artifact, its origin and its
//!   description;
//! - [`Initramfs`]: the initramfs to write;
//! - [`ModuleTree`]: the kernel modules that can be added to it;
//! - [`ExtraFile`]: a file or directory that can be added to it;
//! - [`parse_mtime`]: the modification time of its files, from `SOURCE_DATE_EPOCH`.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod append;
mod embedded;
mod epoch;
mod error;
mod extra_file;
mod initramfs;
mod module_files;
mod modules;

pub use ::initramfs::Compression;
pub use embedded::{EMBED_MODE, STAGE0, inspect_embedded};
pub use epoch::parse_mtime;
pub use error::Error;
pub use extra_file::ExtraFile;
pub use initramfs::{Initramfs, Options, Summary, Totals};
pub use modules::ModuleTree;
