//! Reads FAT file systems in images: FAT12, FAT16 and FAT32, with long names.
//!
//! Sources of the format: Microsoft's "FAT: General Overview of On-Disk Format" (fatgen103), and the
//! kernel's `include/uapi/linux/msdos_fs.h` and `fs/fat`.
//!
//! What FAT lacks is as the kernel's vfat presents it: all files belong to user and group 0 and have the
//! permissions 0755, or 0555 if they are read-only. FAT stores local time without a time zone; it is
//! taken as UTC. Short names are in code page 437, the kernel's default.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod boot_sector;
mod chain;
mod code_page;
mod directory;
mod file;
mod long_name;
mod record;
mod time;
mod view;
mod volume;

#[cfg(test)]
mod test_image;

pub use view::FatView;
