//! What devices on USB are there for.

use fastboot_usb::UsbDevice;

use crate::{Address, Error};

/// What a device on USB does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Its boot loader waits for commands.
    Fastboot,
    /// It booted stage0, which gets its root over USB.
    Root,
}

impl Mode {
    /// Whether the device does this.
    pub fn matches(self, device: &UsbDevice) -> bool {
        match self {
            Mode::Fastboot => device.is_fastboot(),
            Mode::Root => device.root.is_some(),
        }
    }

    /// The error if no device does it.
    pub(crate) fn none(self) -> Error {
        match self {
            Mode::Fastboot => Error::None,
            Mode::Root => Error::NoneWaiting,
        }
    }

    /// The error if the device with this address does something else.
    pub(crate) fn other(self, address: Address) -> Error {
        match self {
            Mode::Fastboot => Error::NotFastboot(address),
            Mode::Root => Error::NotWaiting(address),
        }
    }

    /// What devices that do it are called in messages, and how to get one.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            Mode::Fastboot => (
                "devices in fastboot mode",
                "start the boot loader of the device, and check the cable",
            ),
            Mode::Root => (
                "devices that wait for their root",
                "boot the device with `fastboop boot`, and check the cable",
            ),
        }
    }
}
