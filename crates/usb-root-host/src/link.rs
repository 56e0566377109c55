//! What the server needs of a connection.

use std::time::{Duration, Instant};

pub use nusb::transfer::Buffer;

use crate::Error;

/// The connection of one session, which several threads use. Opening it has begun the session: the interface is claimed, and the
/// device got SET_INTERFACE.
pub trait Link: Sync {
    /// Sends a control request (`bmRequestType` and `bRequest`) that returns up to `length` bytes. It takes at most a few seconds.
    ///
    /// # Errors
    /// Any [`LinkError`].
    fn control_in(&self, request: (u8, u8), length: usize) -> Result<Vec<u8>, LinkError>;

    /// Sends a control request with data. It takes at most a few seconds.
    ///
    /// # Errors
    /// Any [`LinkError`].
    fn control_out(&self, request: (u8, u8), data: &[u8]) -> Result<(), LinkError>;

    /// Waits for the next message of the device, until [`close`](Self::close).
    ///
    /// # Errors
    /// Any [`LinkError`].
    fn receive(&self) -> Result<Vec<u8>, LinkError>;

    /// Returns memory for a payload, with `length` bytes.
    fn buffer(&self, length: usize) -> Buffer;

    /// Hands a response and its payload to the kernel. Payloads are sent in the order of their responses. Waits while too much is
    /// in flight.
    ///
    /// # Errors
    /// Any [`LinkError`], also that of an earlier transfer.
    fn send(&self, response: &[u8], payload: Option<Buffer>) -> Result<(), LinkError>;

    /// Reports errors of earlier transfers, and discards what the device sent on the bulk endpoint: the host never reads there.
    ///
    /// # Errors
    /// Any [`LinkError`].
    fn check(&self) -> Result<(), LinkError>;

    /// Makes all calls end soon, with [`LinkError::Closed`].
    fn close(&self);
}

/// The reason why a transfer failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// The device is gone.
    #[error("the device disconnected")]
    Disconnected,
    /// The device refused the request.
    #[error("{0}: the device refused it")]
    Stalled(&'static str),
    /// The device did not answer in time.
    #[error("{0}: the device does not answer")]
    Timeout(&'static str),
    /// The link was closed.
    #[error("the connection was closed")]
    Closed,
    /// Another error; the transfer, and the cause.
    #[error("{0}: {1}")]
    Other(&'static str, String),
}

/// The state of the device on USB.
pub enum Found<L> {
    /// It is there, and a session began.
    Device(L),
    /// It is not connected.
    Absent,
    /// It is in its boot loader.
    Loader,
    /// It is there, and cannot be opened now; the reason, and what to do.
    Unusable(String),
}

/// Where the links to one device come from, and the clock by which to wait for it. Tests replace it.
pub trait Port {
    /// The connection.
    type Link: Link;

    /// The address of the device, for messages.
    fn name(&self) -> &str;

    /// Opens the device, without waiting for it.
    ///
    /// # Errors
    /// What lasts, such as [`Error::List`].
    fn connect(&mut self) -> Result<Found<Self::Link>, Error>;

    /// The time.
    fn now(&self) -> Instant;

    /// Waits.
    fn sleep(&mut self, duration: Duration);
}
