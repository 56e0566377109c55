//! Which files to load for a kernel module, and in which order.
//!
//! A kernel's module directory, `/lib/modules/<release>`, has indexes that depmod(8) writes. Read
//! here are three of them, whose format is in modules.dep(5), depmod(8) and modprobe.d(5):
//!
//! - `modules.dep`: `kernel/fs/erofs/erofs.ko.xz: kernel/lib/lz4.ko.xz …`, a file and all those
//!   that it cannot do without;
//! - `modules.softdep`: `softdep NAME pre: NAME … post: NAME …`, what should be there before and
//!   after it, if there is such a module;
//! - `modules.builtin`: `kernel/fs/ext4/ext4.ko`, what the kernel has inside.
//!
//! stage0 loads by them, and the initramfs is filled by them, so both agree. The texts are searched,
//! not taken apart into tables: stage0 has little memory, and asks a few times.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod index;
mod load_order;
mod name;
mod subset;

pub use index::{IndexError, ModuleIndex};
pub use load_order::{ModuleFile, UnknownModule};
pub use name::{module_name, modules_load_names};
pub use subset::Subset;
