//! Finds devices in fastboot mode, over USB and networks, and identifies them.
//!
//! [`find`] returns the device that the user named, or the only one on USB; [`Device::connect`] opens it, and [`identify`]
//! queries what it is. [`find_waiting`] returns a device that booted stage0 and waits for its root. Nothing here writes to a terminal.
//!
//! ```no_run
//! use boot_devices::{ConnectLimits, SystemBus, find, identify};
//! use device_profiles::{Choices, Profiles};
//! use fastboot::{Client, Limits};
//!
//! let mut bus = SystemBus;
//! let device = find(Some(&"usb:1a2b3c4d".parse()?), None, &mut bus)?;
//! let transport = device.connect(&mut bus, &ConnectLimits::default())?;
//! let mut client = Client::new(transport, Limits::default(), |event| println!("{event}"));
//! let profiles = Profiles::load(&[]);
//! let identity = identify(&mut client, &device, profiles.iter(), &Choices::default())?;
//! println!("{:?}", identity.product);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod address;
mod device;
mod error;
mod find;
mod identify;
mod mode;

pub use address::{Address, UsbAddress};
pub use device::{ConnectLimits, Device};
pub use error::Error;
pub use fastboot_usb::{Bus, Change, SystemBus, UsbDevice, Watch};
pub use find::{find, find_waiting, list, list_waiting};
pub use identify::{Identity, identify};
pub use mode::Mode;
