//! The transport over TCP: a handshake, then messages with their length.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use fastboot::{Command, Payload, Transport, TransportError};

use crate::time::{cause, is_timeout, left};
use crate::{Address, Error};

/// `FB` and the version of the protocol, in two digits. Both sides send it.
const HANDSHAKE: &[u8; 4] = b"FB01";

/// How long to wait for a network.
#[derive(Clone, Copy, Debug)]
pub struct TcpLimits {
    /// For the connection to one IP address, and again for the handshake.
    pub connect: Duration,
}

impl Default for TcpLimits {
    fn default() -> Self {
        TcpLimits {
            connect: Duration::from_secs(10),
        }
    }
}

/// A connection to a device over TCP.
#[derive(Debug)]
pub struct TcpTransport {
    stream: TcpStream,
    peer: SocketAddr,
    limits: TcpLimits,
}

impl TcpTransport {
    /// Connects to a device.
    ///
    /// # Errors
    /// The name cannot be resolved, or no address answers as a fastboot device.
    pub fn connect(address: &Address, limits: TcpLimits) -> Result<Self, Error> {
        address.connect(|peer| {
            let deadline = Instant::now() + limits.connect;
            Ok(TcpTransport {
                stream: open(peer, deadline)?,
                peer,
                limits,
            })
        })
    }

    fn read(&mut self, bytes: &mut [u8], deadline: Instant) -> Result<(), TransportError> {
        read_all(&mut self.stream, bytes, deadline)
    }

    /// Sends a message.
    fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), TransportError> {
        let length = (bytes.len() as u64).to_be_bytes();
        write_all(&mut self.stream, &length, deadline)?;
        write_all(&mut self.stream, bytes, deadline)
    }

    /// Whether the next message of the device is a FAIL that is here already.
    fn is_refused(&self) -> Result<bool, TransportError> {
        let mut start = [0; 12];
        self.stream.set_nonblocking(true).map_err(cause)?;
        // An error of the connection shows in the write that follows.
        let count = self.stream.peek(&mut start).unwrap_or(0);
        self.stream.set_nonblocking(false).map_err(cause)?;
        Ok(count == start.len() && start.ends_with(b"FAIL"))
    }
}

impl Transport for TcpTransport {
    fn packet_size(&self) -> Option<usize> {
        None
    }

    /// Stops when the device refused what was sent before: it may take the rest for commands.
    fn write(&mut self, payload: Payload<'_>, deadline: Instant) -> Result<(), TransportError> {
        match self.is_refused()? {
            true => Err(TransportError::EarlyAnswer),
            false => self.send(payload.as_bytes(), deadline),
        }
    }

    fn write_command(
        &mut self,
        command: &Command,
        deadline: Instant,
    ) -> Result<(), TransportError> {
        self.send(command.to_string().as_bytes(), deadline)
    }

    fn read_packet(
        &mut self,
        buffer: &mut [u8],
        deadline: Instant,
    ) -> Result<usize, TransportError> {
        let mut length = [0; 8];
        self.read(&mut length, deadline)?;
        let length = u64::from_be_bytes(length);
        let size = buffer.len();
        let part = usize::try_from(length)
            .ok()
            .and_then(|length| buffer.get_mut(..length));
        let part = part.ok_or_else(|| {
            TransportError::Protocol(format!(
                "message of {length} bytes, expected at most {size}"
            ))
        })?;
        let count = part.len();
        self.read(part, deadline)?;
        Ok(count)
    }

    /// Connects again: on the old connection, a late answer looks like the next one.
    fn resync(&mut self, deadline: Instant) -> Result<(), TransportError> {
        // Before the next connection: devices serve one at a time.
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
        let deadline = deadline.min(Instant::now() + self.limits.connect);
        self.stream = open(self.peer, deadline)?;
        Ok(())
    }
}

fn open(peer: SocketAddr, deadline: Instant) -> Result<TcpStream, TransportError> {
    let mut stream = TcpStream::connect_timeout(&peer, left(deadline)?).map_err(cause)?;
    // Length and message are written separately.
    stream.set_nodelay(true).map_err(cause)?;
    write_all(&mut stream, HANDSHAKE, deadline)?;
    let mut answer = [0; HANDSHAKE.len()];
    read_all(&mut stream, &mut answer, deadline)?;
    // Devices with a later version still speak ours.
    let is_valid = match answer {
        [b'F', b'B', tens, ones] => {
            tens.is_ascii_digit() && ones.is_ascii_digit() && (tens, ones) != (b'0', b'0')
        }
        _ => false,
    };
    match is_valid {
        true => Ok(stream),
        false => Err(TransportError::Protocol(format!(
            "handshake: expected FB01 or later, found {:?}",
            answer.escape_ascii().to_string()
        ))),
    }
}

fn read_all(
    stream: &mut TcpStream,
    mut bytes: &mut [u8],
    deadline: Instant,
) -> Result<(), TransportError> {
    while !bytes.is_empty() {
        stream
            .set_read_timeout(Some(left(deadline)?))
            .map_err(cause)?;
        match stream.read(bytes) {
            Ok(0) => return Err(TransportError::Disconnected),
            Ok(count) => bytes = bytes.get_mut(count..).unwrap_or_default(),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted || is_timeout(&error) => {
            }
            Err(error) => return Err(cause(error)),
        }
    }
    Ok(())
}

fn write_all(
    stream: &mut TcpStream,
    mut bytes: &[u8],
    deadline: Instant,
) -> Result<(), TransportError> {
    while !bytes.is_empty() {
        stream
            .set_write_timeout(Some(left(deadline)?))
            .map_err(cause)?;
        match stream.write(bytes) {
            Ok(0) => return Err(TransportError::Disconnected),
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted || is_timeout(&error) => {
            }
            Err(error) => return Err(cause(error)),
        }
    }
    Ok(())
}
