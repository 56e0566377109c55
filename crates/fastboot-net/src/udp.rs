//! The transport over UDP: each packet of the host is answered by one of the device.

mod session;
mod socket;

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use fastboot::{Command, Payload, Transport, TransportError};

use crate::packet::Id;
use crate::time::left;
use crate::{Address, Error};
use session::{Exchange, Session};

/// The packets that a command and its first replies may take before the sequence number 0xffff must be passed.
const RESERVED: u16 = 32;

/// How long to wait for a network.
#[derive(Clone, Copy, Debug)]
pub struct UdpLimits {
    /// For the start of a session with one IP address.
    pub connect: Duration,
    /// After which an unanswered packet is sent again.
    pub resend: Duration,
    /// After which a packet that was sent again and again counts as lost.
    pub total: Duration,
    /// After which to request a reply again that the device did not have yet.
    pub poll: Duration,
}

impl Default for UdpLimits {
    fn default() -> Self {
        UdpLimits {
            connect: Duration::from_secs(10),
            resend: Duration::from_millis(500),
            total: Duration::from_secs(60),
            poll: Duration::from_millis(20),
        }
    }
}

/// A session with a device over UDP.
#[derive(Debug)]
pub struct UdpTransport {
    session: Session,
    peer: SocketAddr,
    /// A reply that came in place of an acknowledgement.
    early: Option<Vec<u8>>,
}

impl UdpTransport {
    /// Starts a session with a device.
    ///
    /// # Errors
    /// The name cannot be resolved, or no address answers as a fastboot device.
    pub fn connect(address: &Address, limits: UdpLimits) -> Result<Self, Error> {
        address.connect(|peer| {
            let deadline = Instant::now() + limits.connect;
            let session = Session::open(peer, limits, deadline).map_err(|cause| match cause {
                // Nothing was connected yet.
                TransportError::Disconnected => {
                    TransportError::Io(io::ErrorKind::ConnectionRefused.into())
                }
                cause => cause,
            })?;
            Ok(UdpTransport {
                session,
                peer,
                early: None,
            })
        })
    }

    fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), TransportError> {
        let mut parts = bytes.chunks(self.session.data_size()).peekable();
        while let Some(part) = parts.next() {
            let is_continued = parts.peek().is_some();
            let exchange = self
                .session
                .exchange(Id::Fastboot, is_continued, part, deadline)?;
            match exchange {
                // U-Boot reports its failures so.
                Exchange::Answer { data, .. } if !data.is_empty() => {
                    self.early = Some(data);
                    return Err(TransportError::EarlyAnswer);
                }
                // The device has the packet, and nothing but its acknowledgement is missing.
                Exchange::Answer { .. } | Exchange::Lost => {}
            }
        }
        Ok(())
    }
}

impl Transport for UdpTransport {
    fn packet_size(&self) -> Option<usize> {
        None
    }

    fn write(&mut self, payload: Payload<'_>, deadline: Instant) -> Result<(), TransportError> {
        self.send(payload.as_bytes(), deadline)
    }

    /// Passes the sequence number 0xffff before a command where necessary: U-Boot never repeats a lost answer to it, and only
    /// that to an Init can be done without.
    fn write_command(
        &mut self,
        command: &Command,
        deadline: Instant,
    ) -> Result<(), TransportError> {
        self.early = None;
        while self.session.packets_to_wrap() < RESERVED {
            self.session.init(deadline)?;
        }
        match self.send(command.to_string().as_bytes(), deadline) {
            // The reply to the command, where a device does not wait until it is requested.
            Err(TransportError::EarlyAnswer) => Ok(()),
            result => result,
        }
    }

    fn read_packet(
        &mut self,
        buffer: &mut [u8],
        deadline: Instant,
    ) -> Result<usize, TransportError> {
        let mut reply = self.early.take().unwrap_or_default();
        let mut is_continued = false;
        while reply.is_empty() || is_continued {
            match self.session.exchange(Id::Fastboot, false, &[], deadline)? {
                Exchange::Answer {
                    data,
                    is_continued: more,
                } => {
                    is_continued = more;
                    reply.extend(data);
                }
                Exchange::Lost => return Err(TransportError::AnswerLost),
            }
            if reply.len() > buffer.len() {
                break;
            }
            if reply.is_empty() && !is_continued {
                thread::sleep(self.session.limits().poll.min(left(deadline)?));
            }
        }
        let (length, size) = (reply.len(), buffer.len());
        let part = buffer.get_mut(..length).ok_or_else(|| {
            TransportError::Protocol(format!("reply of {length} bytes, expected at most {size}"))
        })?;
        part.copy_from_slice(&reply);
        Ok(length)
    }

    fn resync(&mut self, deadline: Instant) -> Result<(), TransportError> {
        self.early = None;
        let limits = *self.session.limits();
        let deadline = deadline.min(Instant::now() + limits.connect);
        self.session = Session::open(self.peer, limits, deadline)?;
        Ok(())
    }
}
