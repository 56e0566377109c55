//! The settings of stage0: which there are, what each may say, and how they are read.
//!
//! A setting is a file `/etc/stage0/<key>` in the initramfs, overridden by `stage0.<key>=<value>` on
//! the kernel command line. stage0 reads them; whoever writes an initramfs checks them with the same
//! code, [`Settings::set`]. [`TABLE`] has all of them.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod cmdline;
mod root;
mod settings;
mod table;
mod value;

pub use cmdline::parameters;
pub use root::RootDevice;
pub use settings::{SettingError, Settings};
pub use table::{Setting, TABLE};
pub use value::{OnError, Ostree, RootFs};
