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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::FakePipe;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    fn read(reader: &mut Reader<FakePipe>) -> Result<Vec<u8>, TransportError> {
        let mut buffer = [0; 4096];
        let length = reader.read(&mut buffer, soon())?;
        Ok(buffer[..length].to_vec())
    }

    #[test]
    fn reads_one_packet_at_a_time() {
        let full: &[u8] = &[b'x'; 64];
        let mut reader = Reader::new(FakePipe::sending([full, b"OKAY", b"", b"INFO"]), 64);
        for expected in [full, b"OKAY", b"", b"INFO"] {
            assert_eq!(read(&mut reader).unwrap(), expected);
        }
        assert_eq!(reader.pipe.sizes, [64; 4]);
    }

    #[test]
    fn loses_no_packet_after_a_timeout() {
        let mut reader = Reader::new(FakePipe::sending([]), 512);
        for _ in 0..3 {
            let error = read(&mut reader).unwrap_err();
            assert!(matches!(error, TransportError::Timeout));
        }
        // One transfer waits all the time.
        assert_eq!(reader.pipe.sizes, [512]);
        reader.pipe.packets = Some([b"OKAY".to_vec()].into());
        assert_eq!(read(&mut reader).unwrap(), b"OKAY");
    }

    #[test]
    fn rejects_a_packet_that_is_larger_than_the_buffer() {
        let mut reader = Reader::new(FakePipe::sending([&b"OKAYyes"[..]]), 512);
        let error = reader.read(&mut [0; 4], soon()).unwrap_err();
        assert!(matches!(error, TransportError::Protocol(_)), "{error}");
    }

    #[test]
    fn discards_what_is_left_of_an_earlier_command() {
        let mut reader = Reader::new(FakePipe::sending([&b"INFO"[..], b"", b"OKAY"]), 512);
        reader.discard(Duration::from_millis(1), soon()).unwrap();
        reader.pipe.packets = Some([b"OKAYnew".to_vec()].into());
        assert_eq!(read(&mut reader).unwrap(), b"OKAYnew");
    }

    #[test]
    fn clears_a_halt_and_goes_on() {
        let mut reader = Reader::new(FakePipe::sending([&b""[..], b"OKAY"]), 512);
        reader.pipe.failure = Some((0, TransferError::Stall));
        let error = read(&mut reader).unwrap_err();
        assert!(matches!(error, TransportError::Protocol(_)), "{error}");
        assert_eq!(reader.pipe.cleared, 1);
        assert_eq!(read(&mut reader).unwrap(), b"OKAY");
    }

    #[test]
    fn a_device_that_left_is_disconnected() {
        let mut reader = Reader::new(FakePipe::sending([&b""[..]]), 512);
        reader.pipe.failure = Some((0, TransferError::Disconnected));
        let error = read(&mut reader).unwrap_err();
        assert!(matches!(error, TransportError::Disconnected), "{error}");
    }
}
