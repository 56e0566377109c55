//! Finds kernel, device trees, modules and firmware in the root file systems of images.
//!
//! Distributions store these files in different places, and some in two file systems, a boot partition and
//! the root. [`BootFiles::find`] looks in all of them, and returns the newest kernel that has modules, or the
//! one that was requested, with what belongs to it and nothing else:
//!
//! | | kernel | device trees |
//! |---|---|---|
//! | Debian | `/boot/vmlinuz-R` | `/usr/lib/linux-image-R`, later `/usr/lib/modules/R/dtb` |
//! | Fedora, OSTree | `/usr/lib/modules/R/vmlinuz` | `/usr/lib/modules/R/dtb`, `/boot/dtb-R` |
//! | Arch Linux ARM | `/boot/Image`, `/boot/Image.gz` | `/boot/dtbs` |
//! | Alpine | `/boot/vmlinuz-lts` | `/boot/dtbs-lts` |
//! | postmarketOS | `/vmlinuz` on a boot partition | `/dtbs` on a boot partition |
//!
//! `R` is the kernel's release. Modules are always in `/usr/lib/modules/R` or `/lib/modules/R`. Kernels are also
//! found through boot entries (`/loader/entries`), and in unified kernel images (`/EFI/Linux`).
//!
//! # Untrusted input
//! The numbers of directories, files, and bytes that are read are limited. Kernels are read as streams.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod assignments;
mod boot_files;
mod boot_menu;
mod candidates;
mod choice;
mod compression;
mod device_info;
mod device_trees;
mod entry;
mod error;
mod firmware;
mod kernel;
mod kernel_files;
mod modules;
mod os_release;
mod pe;
mod source;
mod uki;
pub mod version;

#[cfg(test)]
mod test_tree;
#[cfg(test)]
mod tests;

pub use boot_files::{BootFiles, Options};
pub use boot_menu::FoundEntry;
pub use candidates::{Candidate, Candidates, Verdict, What};
pub use choice::KernelFile;
pub use decompress::Format;
pub use device_info::DeviceInfo;
pub use device_trees::{DeviceTrees, Dtb};
pub use entry::BootEntry;
pub use error::Error;
pub use firmware::{Firmware, FirmwareCompression, FirmwareFile};
pub use kernel::{Architecture, Form, ImageHeader, Kernel, Packing, Payload};
pub use modules::{ModulesDirectory, modules_directories};
pub use source::{Location, Source};
pub use uki::Uki;
