//! The error type.

use crate::{Address, Mode};

/// The reason why a device cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An address is invalid.
    #[error(
        "device address {0:?}: expected usb:SERIAL, usb:BUS-PORT, udp:HOST[:PORT] or tcp:HOST[:PORT]; `fastboop detect` lists addresses"
    )]
    Address(String),
    /// A network address is invalid, its name cannot be resolved, or nothing there answers.
    #[error("{0}")]
    Network(fastboot_net::Error),
    /// No device on USB is in fastboot mode.
    #[error(
        "USB: no device in fastboot mode; start the boot loader of the device and check the cable, \
         or name a device in the network, such as --device udp:192.168.1.5"
    )]
    None,
    /// No device on USB waits for its root.
    #[error(
        "USB: no device that waits for its root; boot one with `fastboop boot IMAGE`, check the cable, or wait for it with --wait"
    )]
    NoneWaiting,
    /// The device that the user named is there, and does not wait for its root.
    #[error("{0}: connected, and not waiting for its root; boot it with `fastboop boot IMAGE`")]
    NotWaiting(Address),
    /// The device that the user named is not there.
    #[error("{wanted}: not found; {}", next_step(*.mode, .others))]
    NotFound {
        /// Its address.
        wanted: Address,
        /// What it was to do.
        mode: Mode,
        /// The devices that are there.
        others: Vec<Address>,
    },
    /// The device that the user named is there, and not in fastboot mode.
    #[error(
        "{0}: connected, and not in fastboot mode; restart it into its boot loader, such as with `adb reboot bootloader`"
    )]
    NotFastboot(Address),
    /// Several devices are there, and the user named none of them, or a serial number that several have.
    #[error("several devices: {}; name one, such as --device {}", join(.0), .0.first().map(ToString::to_string).unwrap_or_default())]
    Several(Vec<Address>),
    /// The device is there, and cannot be opened.
    #[error("{address}: {cause}")]
    Open {
        /// Its address.
        address: Address,
        /// The cause.
        cause: fastboot_usb::Error,
    },
    /// The devices on USB cannot be listed.
    #[error("{0}")]
    List(fastboot_usb::Error),
}

impl Error {
    /// Whether the device is not there, or which of several it is, is unknown.
    pub fn is_not_found(&self) -> bool {
        matches!(
            self,
            Error::None
                | Error::NoneWaiting
                | Error::NotWaiting(_)
                | Error::Network(_)
                | Error::NotFound { .. }
                | Error::NotFastboot(_)
                | Error::Several(_)
        )
    }
}

fn join(addresses: &[Address]) -> String {
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    addresses.join(", ")
}

fn next_step(mode: Mode, others: &[Address]) -> String {
    let (name, how) = mode.words();
    match others {
        [] => how.to_owned(),
        others => format!("{name}: {}", join(others)),
    }
}
