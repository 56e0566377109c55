//! What happens while an image is served.

use crate::{Rejection, Totals};

/// Something that happened. Texts may come from the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The device is not connected; it is waited for.
    Waiting,
    /// A session began: the device reads from the image.
    Session {
        /// The number that the device gave it. It differs after the device's program was restarted.
        id: u64,
        /// Whether the device has the image of the last session, and was disconnected meanwhile.
        is_reconnect: bool,
    },
    /// The device disconnected.
    Disconnected,
    /// The device is connected, and cannot be opened; it is tried again.
    Unusable {
        /// The reason, and what to do.
        reason: String,
    },
    /// The session failed, and starts over.
    Fault {
        /// The reason.
        reason: String,
    },
    /// The image cannot be read. The device gets an error (EIO).
    ReadFailed {
        /// The name of the image.
        image: String,
        /// The position in the image, in bytes.
        position: u64,
        /// How much was requested, in bytes.
        length: usize,
        /// The cause.
        cause: String,
    },
    /// A request was answered with an error.
    Rejected(Rejection),
    /// Some time passed, or a session ended.
    Traffic(Totals),
}
