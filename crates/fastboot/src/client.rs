//! The client: commands and their replies.

use std::time::{Duration, Instant};

use crate::packets::Packets;
use crate::reply::Reply;
use crate::{
    Command, Error, Event, Limits, MAX_INFO_BYTES, MAX_INFO_LINES, Refusal, Transport,
    TransportError, text,
};

/// A client of a device's boot loader.
pub struct Client<'a, T> {
    pub(crate) transport: T,
    pub(crate) limits: Limits,
    events: Box<dyn FnMut(Event<'_>) + 'a>,
    packets: Packets,
    /// Whether the device may still send replies to an earlier command.
    is_out_of_step: bool,
}

/// A reply that ends a command, or a step of it.
pub(crate) enum End {
    Okay(String),
    Fail(Refusal),
    Data(u32),
}

impl<'a, T: Transport> Client<'a, T> {
    /// Creates a client that passes messages of the device and progress to `events`.
    pub fn new(transport: T, limits: Limits, events: impl FnMut(Event<'_>) + 'a) -> Self {
        Client {
            transport,
            limits,
            events: Box::new(events),
            packets: Packets::default(),
            is_out_of_step: false,
        }
    }

    /// Returns the transport.
    pub fn into_transport(self) -> T {
        self.transport
    }

    pub(crate) fn report(&mut self, event: Event<'_>) {
        (self.events)(event);
    }

    /// Sends a command.
    pub(crate) fn send(&mut self, command: &Command) -> Result<(), Error> {
        let name = command.name();
        if self.is_out_of_step {
            self.packets.clear();
            let deadline = Instant::now() + self.limits.transfer;
            let resynced = self.transport.resync(deadline);
            resynced.map_err(|cause| Error::Transport {
                command: name,
                cause,
            })?;
        }
        // Until the reply that ends the command.
        self.is_out_of_step = true;
        let deadline = Instant::now() + self.limits.transfer;
        let sent = self.transport.write_command(command, deadline);
        sent.map_err(|cause| Error::Transport {
            command: name,
            cause,
        })
    }

    /// Reads replies up to the one that ends the command, or that starts its transfer of data.
    pub(crate) fn receive(&mut self, command: &'static str, limit: Duration) -> Result<End, Error> {
        let (mut lines, mut bytes) = (0_usize, 0_usize);
        loop {
            // Each reply starts the limit again: a device that reports progress is alive.
            let deadline = Instant::now() + limit;
            let transport = &mut self.transport;
            let packet = self
                .packets
                .read(transport, command, deadline, &self.limits)?;
            let end = match Reply::parse(&packet) {
                Some(Reply::Info(text)) => {
                    self.report(Event::Info(&text));
                    None
                }
                Some(Reply::Text(text)) => {
                    self.report(Event::Text(&text));
                    None
                }
                Some(Reply::Okay(text)) => Some(End::Okay(text)),
                Some(Reply::Fail(message)) => Some(End::Fail(Refusal { message })),
                Some(Reply::Data(size)) => Some(End::Data(size)),
                None => {
                    return Err(unexpected(
                        command,
                        "OKAY, FAIL, INFO, TEXT or DATA",
                        &packet,
                    ));
                }
            };
            if let Some(end) = end {
                self.is_out_of_step = matches!(end, End::Data(_));
                return Ok(end);
            }
            lines += 1;
            bytes += packet.len();
            if lines > MAX_INFO_LINES || bytes > MAX_INFO_BYTES {
                return Err(Error::TooManyMessages(command));
            }
        }
    }

    /// Makes the next command resynchronize the transport.
    pub(crate) fn distrust(&mut self) {
        self.is_out_of_step = true;
    }

    /// Sends a command, and returns the reply that ends it or starts its data.
    pub(crate) fn run(&mut self, command: &Command, limit: Duration) -> Result<End, Error> {
        self.send(command)?;
        self.receive(command.name(), limit)
    }
}

/// The error of a reply that is not valid at this point.
pub(crate) fn unexpected(command: &'static str, expected: &'static str, found: &[u8]) -> Error {
    let beginning = found.get(..found.len().min(64)).unwrap_or_default();
    Error::Reply {
        command,
        expected,
        found: text::clean(beginning),
    }
}

/// Whether a device did not answer in time.
pub(crate) fn is_silence(error: &Error) -> bool {
    matches!(
        error,
        Error::Transport {
            cause: TransportError::Timeout,
            ..
        }
    )
}
