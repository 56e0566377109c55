//! A UDP socket with deadlines.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Instant;

use fastboot::TransportError;

use crate::time::{cause, is_timeout, left};

/// A socket that receives from one peer only.
#[derive(Debug)]
pub struct Socket {
    socket: UdpSocket,
    buffer: Vec<u8>,
}

/// What a socket received.
pub enum Received<'a> {
    /// A packet; empty if it was too long.
    Packet(&'a [u8]),
    /// Nothing until the deadline.
    Nothing,
    /// The peer's machine reports that nothing listens.
    Refused,
}

impl Socket {
    /// Makes a socket for packets of up to `packet_size` bytes.
    pub fn connect(peer: SocketAddr, packet_size: u16) -> Result<Self, TransportError> {
        let any: SocketAddr = match peer {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(any).map_err(cause)?;
        socket.connect(peer).map_err(cause)?;
        Ok(Socket {
            socket,
            // One byte more, so that a packet that is too long differs from one of the maximum size.
            buffer: vec![0; usize::from(packet_size) + 1],
        })
    }

    /// Sends a packet, which may get lost.
    pub fn send(&self, packet: &[u8]) -> Result<(), TransportError> {
        match self.socket.send(packet) {
            // Of an earlier packet, as `receive` reports it too. This packet is sent again anyway.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
            Err(error) => Err(cause(error)),
            Ok(_) => Ok(()),
        }
    }

    /// Receives a packet.
    pub fn receive(&mut self, deadline: Instant) -> Result<Received<'_>, TransportError> {
        let Ok(limit) = left(deadline) else {
            return Ok(Received::Nothing);
        };
        self.socket.set_read_timeout(Some(limit)).map_err(cause)?;
        let max = self.buffer.len() - 1;
        match self.socket.recv(&mut self.buffer) {
            Ok(length) if length > max => Ok(Received::Packet(&[])),
            Ok(length) => Ok(Received::Packet(
                self.buffer.get(..length).unwrap_or_default(),
            )),
            Err(error) if is_timeout(&error) => Ok(Received::Nothing),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Received::Packet(&[])),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(Received::Refused),
            Err(error) => Err(cause(error)),
        }
    }
}
