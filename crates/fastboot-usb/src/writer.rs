//! Writes to the device: large transfers, several at a time.

use std::time::{Duration, Instant};

use fastboot::TransportError;
use nusb::transfer::{Buffer, Completion, TransferError};

use crate::pipe::{Pipe, cause, is_out_of_memory, left};

/// The bytes of a transfer, and how many are in flight. Measured at high speed: 6 MB/s with one of 16 KiB, 27 with two of
/// 256 KiB, 36 with three of 1 MiB.
const LARGEST: usize = 1 << 20;
const QUEUED: usize = 3;

/// The smallest size to which transfers shrink where the kernel lacks memory: a multiple of every packet size.
const SMALLEST: usize = 4096;

/// How long cancelled transfers may take to complete.
const CANCEL: Duration = Duration::from_secs(2);

/// Writes, and returns before the device got everything: [`flush`](Self::flush) waits for that.
///
/// All transfers but the last of a write are multiples of the packet size, and none is empty.
#[derive(Debug)]
pub struct Writer<P> {
    pipe: P,
    /// Buffers in memory that the kernel shares, and that are not in flight.
    free: Vec<Buffer>,
    /// The size of such a buffer in bytes. Zero if there are none.
    queued_size: usize,
    is_allocated: bool,
    /// The size of a transfer in other memory, in bytes.
    single_size: usize,
}

impl<P: Pipe> Writer<P> {
    /// A writer that allocates memory when it writes more than a command.
    pub fn new(pipe: P) -> Self {
        Writer {
            pipe,
            free: Vec::new(),
            queued_size: 0,
            is_allocated: false,
            single_size: LARGEST,
        }
    }

    /// Writes all bytes. An error may be that of an earlier write.
    pub fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), TransportError> {
        if bytes.len() <= SMALLEST {
            self.flush(deadline)?;
            return self.write_singly(bytes, deadline);
        }
        if !self.is_allocated {
            self.allocate();
        }
        match self.queued_size {
            0 => self.write_singly(bytes, deadline),
            _ => self.write_queued(bytes, deadline),
        }
    }

    /// Waits until the device has everything.
    pub fn flush(&mut self, deadline: Instant) -> Result<(), TransportError> {
        while self.pipe.pending() > 0 {
            let buffer = self.complete(deadline)?.map_err(cause)?;
            self.free.push(buffer);
        }
        Ok(())
    }

    /// Cancels what the device does not have yet.
    pub fn cancel(&mut self) {
        self.pipe.cancel();
        let deadline = Instant::now() + CANCEL;
        while self.pipe.pending() > 0 {
            match self.pipe.wait(left(deadline)) {
                Some(completion) => self.recycle(completion),
                None => break,
            }
        }
        self.pipe.clear_halt();
    }

    fn recycle(&mut self, completion: Completion) {
        if completion.buffer.capacity() == self.queued_size {
            self.free.push(completion.buffer);
        }
    }

    /// Allocates all buffers in the largest size for which there is memory.
    fn allocate(&mut self) {
        self.is_allocated = true;
        let mut size = LARGEST;
        while size >= SMALLEST {
            let buffers: Option<Vec<_>> = (0..QUEUED).map(|_| self.pipe.allocate(size)).collect();
            if let Some(buffers) = buffers {
                self.free = buffers;
                self.queued_size = size;
                return;
            }
            size /= 2;
        }
    }

    /// Keeps several transfers in flight. Their memory is allocated, so that none fails between others that succeed.
    fn write_queued(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), TransportError> {
        for part in bytes.chunks(self.queued_size) {
            let mut buffer = match self.free.pop() {
                Some(buffer) => buffer,
                None => self.complete(deadline)?.map_err(cause)?,
            };
            buffer.clear();
            buffer.extend_from_slice(part);
            self.pipe.submit(buffer);
        }
        Ok(())
    }

    /// Completes each transfer before the next, so that one for which the kernel lacks memory can be repeated in halves.
    fn write_singly(&mut self, mut bytes: &[u8], deadline: Instant) -> Result<(), TransportError> {
        while !bytes.is_empty() {
            let (part, rest) = bytes.split_at(bytes.len().min(self.single_size));
            self.pipe.submit(Buffer::from(part));
            match self.complete(deadline)? {
                Ok(_) => bytes = rest,
                Err(error) if is_out_of_memory(error) && self.single_size > SMALLEST => {
                    self.single_size /= 2;
                }
                Err(error) => return Err(cause(error)),
            }
        }
        Ok(())
    }

    /// Waits for a transfer. After a failure the rest is cancelled: the device must not get what follows a gap.
    fn complete(
        &mut self,
        deadline: Instant,
    ) -> Result<Result<Buffer, TransferError>, TransportError> {
        let Some(completion) = self.pipe.wait(left(deadline)) else {
            self.cancel();
            return Err(TransportError::Timeout);
        };
        let result = completion.into_result();
        if result.is_err() && self.pipe.pending() > 0 {
            self.cancel();
        }
        Ok(result)
    }
}

#[cfg(test)]
mod tests;
