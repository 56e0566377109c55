//! Reads and writes Android boot images of the header versions 0 to 4.
//!
//! A boot image is a header, a kernel, a ramdisk, and further parts, each of which begins at a multiple of the
//! page size. The format is defined by AOSP's `system/tools/mkbootimg/include/bootimg/bootimg.h`.
//!
//! [`Plan::new`] checks the fields of the header and the parts, and [`Plan::write`] writes the image as a
//! stream. Equal input gives equal bytes, which are those of AOSP's mkbootimg. [`BootImage::parse`] reads an
//! image.
//!
//! ```
//! use android_bootimg::{BootImage, Header, Limits, Part, Parts, Plan, Version};
//! use read_at::ReadAt;
//!
//! let mut header = Header::new(Version::V0);
//! header.cmdline = b"console=ttyMSM0,115200n8".to_vec();
//! let (kernel, ramdisk) = (b"kernel".to_vec(), b"ramdisk".to_vec());
//! let plan = Plan::new(header, Parts::new(&kernel, &ramdisk), &Limits::default())?;
//! let mut bytes = Vec::new();
//! plan.write(&mut bytes)?;
//! assert_eq!(bytes.len() as u64, plan.size());
//!
//! let image = BootImage::parse(&bytes)?;
//! assert_eq!(image.header().cmdline, b"console=ttyMSM0,115200n8");
//! assert_eq!(image.part(Part::Ramdisk).map(|part| part.size()), Some(7));
//! # Ok::<(), android_bootimg::Error>(())
//! ```
//!
//! # Untrusted input
//! Reading an image takes a few KiB of memory, whatever its bytes. All sizes are compared with the size of the
//! file.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod addresses;
mod command_line;
mod encode;
mod error;
mod header;
mod id;
mod image;
mod kernel;
mod layout;
mod os_version;
mod part;
mod plan;
mod version;

pub use addresses::{Addresses, Offsets};
pub use error::Error;
pub use header::{Header, NAME_SIZE};
pub use id::Id;
pub use image::BootImage;
pub use kernel::{KernelPacking, PackedKernel, appended_dtb, pack_kernel, pack_kernel_file};
pub use layout::PartRange;
pub use os_version::{OsVersion, PatchLevel};
pub use part::{Part, Parts};
pub use plan::{Limits, Plan};
pub use version::Version;
