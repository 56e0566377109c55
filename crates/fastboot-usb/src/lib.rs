//! The fastboot protocol over USB: finds devices, opens them, and watches what becomes of them. It also finds those that booted
//! stage0 and wait for their root, which [`claim`] opens.
//!
//! [`Bus`] lists and opens devices; [`SystemBus`] is that of this machine. [`open`] returns a transport for
//! a device in fastboot mode, and [`Watch`] reports when a device leaves or comes back.
//!
//! Devices are listed from the descriptors that the kernel read, so nothing is sent to any device, and no
//! permission is needed, until one is opened.
//!
//! ```no_run
//! use fastboot::{Client, Limits};
//! use fastboot_usb::{Bus, OpenLimits, SystemBus};
//!
//! let mut bus = SystemBus;
//! for device in bus.devices()?.iter().filter(|device| device.is_fastboot()) {
//!     let transport = fastboot_usb::open(&mut bus, device, &OpenLimits::default())?;
//!     let mut client = Client::new(transport, Limits::default(), |event| println!("{event}"));
//!     println!("{}: {:?}", device.path(), client.is_unlocked());
//! }
//! # Ok::<(), fastboot_usb::Error>(())
//! ```

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod bus;
mod claim;
mod descriptors;
mod device;
mod error;
#[cfg(test)]
mod fake;
mod holders;
mod interface;
mod open;
mod pipe;
mod reader;
mod root;
mod transport;
mod udev;
mod watch;
mod writer;

pub use bus::{Bus, SystemBus};
pub use claim::claim;
pub use device::UsbDevice;
pub use error::Error;
pub use holders::{Holder, Holders};
pub use interface::Interface;
pub use nusb::Speed;
pub use open::{OpenLimits, open};
pub use root::RootInterface;
pub use transport::UsbTransport;
pub use udev::{UDEV_RULES, UDEV_RULES_PATH, udev_rule};
pub use watch::{Change, Watch};
