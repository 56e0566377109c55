//! Reads packets from the device.

use std::time::{Duration, Instant};

use fastboot::TransportError;
use nusb::transfer::{Buffer, TransferError};

use crate::pipe::{Pipe, cause, left};

/// Reads one packet a transfer: a larger transfer would not end after a reply that fills its last packet.
#[derive(Debug)]
pub struct Reader<P> {
    pipe: P,
    packet: usize,
}

impl<P: Pipe> Reader<P> {
    /// A reader for packets of at most `packet` bytes.
    pub fn new(pipe: P, packet: usize) -> Self {
        Reader { pipe, packet }
    }

    /// The maximum packet size in bytes.
    pub fn packet(&self) -> usize {
        self.packet
    }

    /// Reads one packet, and returns its length. After a timeout the transfer goes on, so that no packet is lost.
    pub fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, TransportError> {
        let packet = self.receive(deadline)?;
        let (length, size) = (packet.len(), buffer.len());
        let part = buffer.get_mut(..length).ok_or_else(|| {
            TransportError::Protocol(format!("packet of {length} bytes, expected at most {size}"))
        })?;
        part.copy_from_slice(&packet);
        Ok(length)
    }

    /// Discards packets until none arrives for `quiet`.
    pub fn discard(&mut self, quiet: Duration, deadline: Instant) -> Result<(), TransportError> {
        while Instant::now() < deadline {
            match self.receive(deadline.min(Instant::now() + quiet)) {
                Ok(_) => {}
                Err(TransportError::Timeout) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Err(TransportError::Timeout)
    }

    fn receive(&mut self, deadline: Instant) -> Result<Buffer, TransportError> {
        if self.pipe.pending() == 0 {
            self.pipe.submit(Buffer::new(self.packet));
        }
        let completion = self.pipe.wait(left(deadline));
        let completion = completion.ok_or(TransportError::Timeout)?;
        if completion.status == Err(TransferError::Stall) {
            self.pipe.clear_halt();
        }
        completion.into_result().map_err(cause)
    }
}
