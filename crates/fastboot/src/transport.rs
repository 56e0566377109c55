//! What carries commands and replies.

use std::io;
use std::time::Instant;

use crate::{Command, Payload};

/// A connection to a device, over USB or a network.
pub trait Transport {
    /// The maximum packet size of the endpoints in bytes, where a short packet ends a reply, as on USB. `None` if the
    /// transport itself keeps replies apart.
    ///
    /// All writes of an image but the last are a multiple of it, since LK ends a download at a short packet.
    fn packet_size(&self) -> Option<usize>;

    /// Sends all of `payload`. An empty packet must not follow, even if the last packet is full: devices take it for
    /// a command or for data.
    ///
    /// # Errors
    /// See [`TransportError`].
    fn write(&mut self, payload: Payload<'_>, deadline: Instant) -> Result<(), TransportError>;

    /// Sends a command. A transport overrides it if commands need anything that data does not.
    ///
    /// # Errors
    /// See [`TransportError`].
    fn write_command(
        &mut self,
        command: &Command,
        deadline: Instant,
    ) -> Result<(), TransportError> {
        self.write(Payload::new(command.to_string().as_bytes()), deadline)
    }

    /// Reads one packet, or one whole reply if [`packet_size`](Self::packet_size) is `None`, into the beginning of `buffer`, and
    /// returns its length. An empty packet is not an error. A packet that arrives after a timeout is for the next read.
    ///
    /// # Errors
    /// `Protocol` if the buffer is too small; otherwise see [`TransportError`].
    fn read_packet(
        &mut self,
        buffer: &mut [u8],
        deadline: Instant,
    ) -> Result<usize, TransportError>;

    /// Makes the transport ready for a new command after an error: it discards what the device may still send for
    /// the last one, and connects again if necessary.
    ///
    /// # Errors
    /// See [`TransportError`].
    fn resync(&mut self, deadline: Instant) -> Result<(), TransportError>;
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn packet_size(&self) -> Option<usize> {
        (**self).packet_size()
    }

    fn write(&mut self, payload: Payload<'_>, deadline: Instant) -> Result<(), TransportError> {
        (**self).write(payload, deadline)
    }

    fn write_command(
        &mut self,
        command: &Command,
        deadline: Instant,
    ) -> Result<(), TransportError> {
        (**self).write_command(command, deadline)
    }

    fn read_packet(
        &mut self,
        buffer: &mut [u8],
        deadline: Instant,
    ) -> Result<usize, TransportError> {
        (**self).read_packet(buffer, deadline)
    }

    fn resync(&mut self, deadline: Instant) -> Result<(), TransportError> {
        (**self).resync(deadline)
    }
}

/// The reason why a transport failed.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The device did not accept or send anything until the deadline.
    #[error("no answer in time; check that the device still shows its boot loader")]
    Timeout,
    /// The device is gone.
    #[error("the device disconnected; check the cable, and restart its boot loader")]
    Disconnected,
    /// The device answered before it received everything.
    #[error("the device answered before it received everything; restart its boot loader")]
    EarlyAnswer,
    /// The device answered, the answer was lost, and the device does not repeat it.
    #[error("an answer was lost, and the device does not repeat it; try again")]
    AnswerLost,
    /// The operating system reported an error.
    #[error("{0}; check the connection")]
    Io(io::Error),
    /// The device violates the transport's protocol; the text holds expected and found values.
    #[error("{0}; restart the boot loader")]
    Protocol(String),
}
