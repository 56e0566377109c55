//! Puts replies together from packets.

use std::time::Instant;

use crate::reply::Reply;
use crate::{Error, Limits, MAX_REPLY, Transport, TransportError};

/// Reads replies, and keeps a packet that belongs to the next one.
#[derive(Default)]
pub struct Packets {
    next: Option<Vec<u8>>,
}

impl Packets {
    /// Discards the packet that was kept.
    pub fn clear(&mut self) {
        self.next = None;
    }

    /// Reads one reply.
    ///
    /// A short packet ends it. After a full one, the rest follows at once, or nothing at all: LK sends replies of 64 bytes in one
    /// packet of full-speed USB without an empty one. A packet that starts like a reply is the next reply.
    pub fn read(
        &mut self,
        transport: &mut impl Transport,
        command: &'static str,
        deadline: Instant,
        limits: &Limits,
    ) -> Result<Vec<u8>, Error> {
        let transport_error = |cause| Error::Transport { command, cause };
        let mut reply = match self.next.take() {
            Some(packet) => packet,
            None => read_some(transport, deadline).map_err(transport_error)?,
        };
        let Some(size) = transport.packet_size() else {
            return Ok(reply);
        };
        let mut last = reply.len();
        while last >= size {
            let more = match read_one(transport, Instant::now() + limits.continuation) {
                Ok(more) => more,
                Err(TransportError::Timeout) => break,
                Err(cause) => return Err(transport_error(cause)),
            };
            last = more.len();
            if Reply::is_start(&more) {
                self.next = Some(more);
                break;
            }
            reply.extend(more);
            if reply.len() > MAX_REPLY {
                return Err(Error::LongReply(command));
            }
        }
        Ok(reply)
    }
}

/// Reads a packet that is not empty: an empty one follows a reply that fills its packets.
fn read_some(transport: &mut impl Transport, deadline: Instant) -> Result<Vec<u8>, TransportError> {
    loop {
        let packet = read_one(transport, deadline)?;
        if !packet.is_empty() {
            return Ok(packet);
        }
        // A device that sends nothing but empty packets must not keep us here.
        if Instant::now() >= deadline {
            return Err(TransportError::Timeout);
        }
    }
}

fn read_one(transport: &mut impl Transport, deadline: Instant) -> Result<Vec<u8>, TransportError> {
    let mut packet = vec![0; MAX_REPLY];
    let length = transport.read_packet(&mut packet, deadline)?;
    packet.truncate(length);
    Ok(packet)
}
