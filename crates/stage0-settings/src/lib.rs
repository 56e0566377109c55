//! The settings of stage0, their values, and a parser for the kernel command line.
//!
//! A setting is a file `/etc/stage0/<key>` in the initramfs, overridden by `stage0.<key>=<value>` on
//! the kernel command line. stage0 reads them; a program that writes an initramfs validates them with
//! the same code, [`Settings::set`]. [`TABLE`] lists all settings.

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
pub use value::{OnError, Ostree, RootFs, UsbInterface};
