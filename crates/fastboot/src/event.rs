//! What a client reports while it waits.

use std::fmt;

/// A message of the device, or progress. Its texts are safe to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A line of the device for the user.
    Info(&'a str),
    /// A part of a line of the device for the user.
    Text(&'a str),
    /// The number of bytes downloaded to the device.
    Sent {
        /// The bytes that were sent.
        bytes: u64,
        /// The size of the image in bytes.
        total: u64,
    },
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Info(text) | Event::Text(text) => write!(f, "device: {text}"),
            Event::Sent { bytes, total } => write!(f, "sent {bytes} of {total} bytes"),
        }
    }
}
