//! A bulk endpoint, as reader and writer need it.

use std::io;
use std::time::{Duration, Instant};

use fastboot::TransportError;
use nusb::Endpoint;
use nusb::transfer::{Buffer, Bulk, Completion, EndpointDirection, TransferError};

/// A bulk endpoint. Transfers complete in the order in which they were submitted.
pub trait Pipe {
    /// Allocates memory that the kernel shares, in bytes, so that a transfer needs none of its own.
    fn allocate(&mut self, size: usize) -> Option<Buffer>;
    /// Starts a transfer.
    fn submit(&mut self, buffer: Buffer);
    /// Waits for the next transfer to complete. At least one has to be pending.
    fn wait(&mut self, timeout: Duration) -> Option<Completion>;
    /// How many transfers did not complete.
    fn pending(&self) -> usize;
    /// Cancels all transfers, which then complete.
    fn cancel(&mut self);
    /// Ends the state in which the endpoint refuses transfers.
    fn clear_halt(&mut self);
}

impl<D: EndpointDirection> Pipe for Endpoint<Bulk, D> {
    fn allocate(&mut self, size: usize) -> Option<Buffer> {
        Some(Endpoint::allocate(self, size)).filter(Buffer::is_zero_copy)
    }

    fn submit(&mut self, buffer: Buffer) {
        Endpoint::submit(self, buffer);
    }

    fn wait(&mut self, timeout: Duration) -> Option<Completion> {
        self.wait_next_complete(timeout)
    }

    fn pending(&self) -> usize {
        Endpoint::pending(self)
    }

    fn cancel(&mut self) {
        self.cancel_all();
    }

    fn clear_halt(&mut self) {
        // A device that is gone shows in the next transfer.
        let _ = nusb::MaybeFuture::wait(Endpoint::clear_halt(self));
    }
}

/// The time until a deadline.
pub fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// Whether the kernel lacked the memory for a transfer, of which it sent nothing.
pub fn is_out_of_memory(error: TransferError) -> bool {
    let TransferError::Unknown(code) = error else {
        return false;
    };
    let code = i32::try_from(code).unwrap_or_default();
    io::Error::from_raw_os_error(code).kind() == io::ErrorKind::OutOfMemory
}

/// Names the cause of a failed transfer.
pub fn cause(error: TransferError) -> TransportError {
    match error {
        TransferError::Disconnected => TransportError::Disconnected,
        TransferError::Cancelled => TransportError::Timeout,
        TransferError::Stall => {
            TransportError::Protocol("the device halted the USB endpoint".to_owned())
        }
        // Ports of USB 3 cause faults that those of USB 2 do not.
        TransferError::Fault => TransportError::Io(io::Error::other(
            "USB fault: try another cable, a USB 2 port, or a hub between",
        )),
        other => TransportError::Io(other.into()),
    }
}
