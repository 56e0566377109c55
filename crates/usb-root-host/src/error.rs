//! The error types.

use smoo_wire::Ident;

use crate::LinkError;

/// The reason why an image is not served, or not any more.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The image is empty, or too large for the protocol.
    #[error("{name}: {size} bytes cannot be a root file system; name another image")]
    Size {
        /// The name of the image.
        name: String,
        /// Its size in bytes.
        size: u64,
    },
    /// The image cannot be read.
    #[error("{name}: cannot read at byte {position}: {cause}")]
    Image {
        /// The name of the image.
        name: String,
        /// The position in bytes.
        position: u64,
        /// The cause.
        cause: std::io::Error,
    },
    /// The device has begun with another image.
    #[error(
        "{0}: the device refuses this image: its root is another one, or one of another size; serve the image that it was booted with, \
         or restart the device"
    )]
    Refused(String),
    /// The device speaks another protocol.
    #[error(
        "{device}: version {}.{} of the protocol, expected {}.x; boot the device with this version of fastboop",
        found.major, found.minor, Ident::CURRENT.major
    )]
    Version {
        /// The device.
        device: String,
        /// Its version.
        found: Ident,
    },
    /// The device cannot be opened.
    #[error("{device}: {reason}")]
    Open {
        /// The device.
        device: String,
        /// The reason, and what to do.
        reason: String,
    },
    /// The devices on USB cannot be listed.
    #[error("{0}")]
    List(fastboot_usb::Error),
}

/// The reason why a session starts over, or a device cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The connection failed.
    #[error("{0}")]
    Link(#[from] LinkError),
    /// A message of the device is invalid.
    #[error("invalid message of the device: {0}")]
    Message(#[from] smoo_wire::Error),
    /// The device speaks another version of the protocol.
    #[error("version {}.{} of the protocol", .0.major, .0.minor)]
    Version(Ident),
    /// The device serves another session: its program was restarted.
    #[error("the device started another session")]
    OtherSession,
    /// The device does not accept the image.
    #[error("the device refuses the image")]
    Refused,
    /// A thread cannot be started.
    #[error("cannot start a thread: {0}")]
    Thread(String),
}
