//! The error type.

use std::io;
use std::path::PathBuf;

use crate::{Holders, UDEV_RULES_PATH, udev_rule};

/// The reason why a device cannot be listed or opened. The texts do not name the device: the caller knows its address.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The devices cannot be listed.
    #[error("USB: cannot list the devices: {0}; check that /sys is mounted")]
    List(io::Error),
    /// This user may not open the device.
    #[error(
        "no permission to open {}; as root, write this line to {UDEV_RULES_PATH} and connect the device again: {rule}",
        node.display(), rule = udev_rule()
    )]
    Permission {
        /// The device node.
        node: PathBuf,
    },
    /// Something else uses the device.
    #[error("in use by {0}")]
    Busy(Holders),
    /// The device is gone.
    #[error("the device disconnected; check the cable, and restart its boot loader")]
    Disconnected,
    /// The device is not in fastboot mode, or not any more.
    #[error("not in fastboot mode; start its boot loader")]
    NotFastboot,
    /// The operating system reported an error.
    #[error("cannot open {}: {cause}; connect the device again, to another port if possible", node.display())]
    Open {
        /// The device node.
        node: PathBuf,
        /// The cause.
        cause: io::Error,
    },
}
