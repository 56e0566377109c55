//! Several transfers on one endpoint.

use std::io;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use nusb::Endpoint;
use nusb::transfer::{Buffer, BulkOrInterrupt, Completion, EndpointDirection, TransferError};

use crate::LinkError;

/// The size of a buffer that is used again, in bytes: stage0's largest read.
const REUSED: usize = 64 << 10;
/// How many of them there may be.
const BUFFERS: usize = 32;

/// An endpoint on which transfers complete in the order in which they were submitted.
pub trait Pipe {
    /// Starts a transfer.
    fn submit(&mut self, buffer: Buffer);
    /// Waits for the next transfer to complete. At least one has to be pending.
    fn wait(&mut self, limit: Duration) -> Option<Completion>;
    /// Returns the next transfer that completed; wakes `context` once there is one. At least one has to be pending.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Completion>;
    /// How many transfers did not complete.
    fn pending(&self) -> usize;
    /// Cancels all transfers, which then complete.
    fn cancel(&mut self);
    /// Allocates memory that the kernel shares, if it has some.
    fn allocate(&mut self, size: usize) -> Buffer;
}

impl<T: BulkOrInterrupt, D: EndpointDirection> Pipe for Endpoint<T, D> {
    fn submit(&mut self, buffer: Buffer) {
        Endpoint::submit(self, buffer);
    }

    fn wait(&mut self, limit: Duration) -> Option<Completion> {
        self.wait_next_complete(limit)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Completion> {
        self.poll_next_complete(context)
    }

    fn pending(&self) -> usize {
        Endpoint::pending(self)
    }

    fn cancel(&mut self) {
        self.cancel_all();
    }

    fn allocate(&mut self, size: usize) -> Buffer {
        Endpoint::allocate(self, size)
    }
}

/// An endpoint to the host with several transfers that wait for data.
pub struct Inputs<P: Pipe> {
    pipe: P,
    /// The size of a transfer in bytes.
    size: usize,
    count: usize,
}

impl<P: Pipe> Inputs<P> {
    /// Keeps `count` transfers of `size` bytes pending, a multiple of the packet size.
    pub fn new(pipe: P, size: usize, count: usize) -> Self {
        Inputs { pipe, size, count }
    }

    /// Returns what the next transfer received; wakes `context` once there is something.
    pub fn poll(
        &mut self,
        context: &mut Context<'_>,
        name: &'static str,
    ) -> Poll<Result<Vec<u8>, LinkError>> {
        self.fill();
        let completion = ready!(self.pipe.poll(context));
        Poll::Ready(match completion.into_result() {
            Ok(received) => {
                self.fill();
                Ok(received.to_vec())
            }
            Err(error) => Err(cause(error, name)),
        })
    }

    fn fill(&mut self) {
        while self.pipe.pending() < self.count {
            self.pipe.submit(Buffer::new(self.size));
        }
    }

    /// Cancels all transfers, which then complete.
    pub fn cancel(&mut self) {
        self.pipe.cancel();
    }

    /// Waits for the transfers to complete, at most `limit` for each, and returns whether all did.
    pub fn is_drained(&mut self, limit: Duration) -> bool {
        is_drained(&mut self.pipe, limit)
    }
}

/// An endpoint to the device with several transfers in flight, so that the bus does not idle between two of them.
pub struct Outputs<P: Pipe> {
    pipe: P,
    most: usize,
    /// Buffers that the kernel shares, and that are not in use.
    free: Vec<Buffer>,
    allocated: usize,
}

impl<P: Pipe> Outputs<P> {
    /// Allows `most` transfers in flight.
    pub fn new(pipe: P, most: usize) -> Self {
        Outputs {
            pipe,
            most,
            free: Vec::new(),
            allocated: 0,
        }
    }

    /// Returns a buffer of `length` bytes, which are zeros or those of an earlier transfer.
    pub fn buffer(&mut self, length: usize) -> Buffer {
        let mut buffer = self.empty_or_used(length);
        // Most reads are as long as those before: filling would cost as much as reading.
        if buffer.len() != length {
            buffer.clear();
            buffer.extend_fill(length, 0);
        }
        buffer
    }

    fn empty_or_used(&mut self, length: usize) -> Buffer {
        if length > REUSED {
            return Buffer::new(length);
        }
        if let Some(buffer) = self.free.pop() {
            return buffer;
        }
        if self.allocated == BUFFERS {
            return Buffer::new(length);
        }
        self.allocated += 1;
        self.pipe.allocate(REUSED)
    }

    /// Collects transfers that completed, and returns whether another one may be started; waits for that at most `limit`.
    pub fn has_room(&mut self, limit: Duration, name: &'static str) -> Result<bool, LinkError> {
        while self.pipe.pending() > 0 {
            let is_full = self.pipe.pending() >= self.most;
            let Some(completion) = self.pipe.wait(if is_full { limit } else { Duration::ZERO })
            else {
                return Ok(!is_full);
            };
            let (length, sent) = (completion.buffer.len(), completion.actual_len);
            let buffer = completion
                .into_result()
                .map_err(|error| cause(error, name))?;
            if sent != length {
                let text = format!("{sent} of {length} bytes were sent");
                return Err(LinkError::Other(name, text));
            }
            if buffer.is_zero_copy() {
                self.free.push(buffer);
            }
        }
        Ok(true)
    }

    /// Starts a transfer.
    pub fn submit(&mut self, buffer: Buffer) {
        self.pipe.submit(buffer);
    }

    /// Cancels all transfers, which then complete.
    pub fn cancel(&mut self) {
        self.pipe.cancel();
    }

    /// Waits for the transfers to complete, at most `limit` for each, and returns whether all did.
    pub fn is_drained(&mut self, limit: Duration) -> bool {
        is_drained(&mut self.pipe, limit)
    }
}

fn is_drained(pipe: &mut impl Pipe, limit: Duration) -> bool {
    while pipe.pending() > 0 {
        if pipe.wait(limit).is_none() {
            return false;
        }
    }
    true
}

/// Names the cause of a failed transfer; `name` is what was transferred.
pub fn cause(error: TransferError, name: &'static str) -> LinkError {
    match error {
        TransferError::Disconnected => LinkError::Disconnected,
        // A control request that took too long.
        TransferError::Cancelled => LinkError::Timeout(name),
        TransferError::Stall => LinkError::Stalled(name),
        TransferError::Fault => LinkError::Other(
            name,
            "USB fault: try another cable, a USB 2 port, or a hub between".to_owned(),
        ),
        other => LinkError::Other(name, io::Error::from(other).to_string()),
    }
}

#[cfg(test)]
mod tests;
