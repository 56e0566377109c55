//! Resolves the dependencies of kernel modules: which files to load, and in which order.
//!
//! A kernel's module directory, `/lib/modules/<release>`, contains indexes that depmod(8) writes. This
//! crate reads four of them; modules.dep(5), depmod(8) and modprobe.d(5) describe the formats:
//!
//! - `modules.dep`: `kernel/fs/erofs/erofs.ko.xz: kernel/lib/lz4.ko.xz …`, a file and all files that
//!   it requires;
//! - `modules.softdep`: `softdep NAME pre: NAME … post: NAME …`, optional modules to load before and
//!   after a module;
//! - `modules.alias`: `alias PATTERN NAME`, other names of a module, which may be patterns;
//! - `modules.builtin`: `kernel/fs/ext4/ext4.ko`, a module that is built into the kernel.
//!
//! Files of modprobe.d(5) and parameters on the kernel command line can be added: `alias`, `blacklist`,
//! `options` and `softdep`. `install` and `remove` need a shell and are ignored. `modules.weakdep` and
//! `weakdep` are for initramfs images in which the kernel can call modprobe(8), and ignored too.
//!
//! stage0 loads modules in this order, and the initramfs is filled with the same files. The indexes
//! are kept as text and searched, not parsed into tables: stage0 should use little memory, and
//! searches only a few times.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod dep_path;
mod index;
mod load_order;
mod name;
mod pattern;
mod subset;

pub use index::{IndexError, IndexFiles, ModuleIndex};
pub use load_order::{ModuleFile, UnknownModule};
pub use name::{module_name, modules_load_names};
pub use subset::Subset;
