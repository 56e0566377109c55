//! An endpoint without a device, for tests.

use std::collections::VecDeque;
use std::time::Duration;

use nusb::transfer::{Buffer, Completion, TransferError};

use crate::pipe::Pipe;

/// Completes transfers at once, unless a fault is set.
pub struct FakePipe {
    /// The largest memory that can be allocated for the kernel to share, in bytes.
    pub shared: usize,
    /// The largest transfer for which the kernel has memory otherwise, in bytes.
    pub memory: usize,
    /// Fails the transfer with this number.
    pub failure: Option<(usize, TransferError)>,
    /// Completes only this many transfers; then it is silent.
    pub limit: usize,
    /// The packets of an endpoint to the host. An endpoint to the device has none.
    pub packets: Option<VecDeque<Vec<u8>>>,
    /// The sizes of all transfers.
    pub sizes: Vec<usize>,
    /// What completed without an error.
    pub sent: Vec<u8>,
    /// The largest number of transfers in flight.
    pub most_pending: usize,
    /// How often the halt was cleared.
    pub cleared: usize,
    pub is_cancelled: bool,
    pub completed: usize,
    pub queue: VecDeque<Buffer>,
}

impl FakePipe {
    pub fn new() -> Self {
        FakePipe {
            shared: usize::MAX,
            memory: usize::MAX,
            failure: None,
            limit: usize::MAX,
            packets: None,
            sizes: Vec::new(),
            sent: Vec::new(),
            most_pending: 0,
            cleared: 0,
            is_cancelled: false,
            completed: 0,
            queue: VecDeque::new(),
        }
    }

    /// An endpoint that sends these packets.
    pub fn sending(packets: impl IntoIterator<Item = &'static [u8]>) -> Self {
        FakePipe {
            packets: Some(packets.into_iter().map(Vec::from).collect()),
            ..FakePipe::new()
        }
    }

    fn status(&self, size: usize) -> Result<(), TransferError> {
        match self.failure {
            _ if self.is_cancelled => Err(TransferError::Cancelled),
            Some((number, error)) if number == self.completed => Err(error),
            // ENOMEM.
            _ if size > self.memory => Err(TransferError::Unknown(12)),
            _ => Ok(()),
        }
    }
}

impl Pipe for FakePipe {
    fn allocate(&mut self, size: usize) -> Option<Buffer> {
        (size <= self.shared).then(|| Buffer::new(size))
    }

    fn submit(&mut self, buffer: Buffer) {
        assert!(!self.is_cancelled, "submitted before all were cancelled");
        self.sizes.push(match self.packets {
            Some(_) => buffer.requested_len(),
            None => buffer.len(),
        });
        self.queue.push_back(buffer);
        self.most_pending = self.most_pending.max(self.queue.len());
    }

    fn wait(&mut self, _: Duration) -> Option<Completion> {
        assert!(!self.queue.is_empty(), "waits for nothing");
        if !self.is_cancelled && self.completed >= self.limit {
            return None;
        }
        let packet = match &mut self.packets {
            Some(packets) if !self.is_cancelled => Some(packets.pop_front()?),
            _ => None,
        };
        let mut buffer = self.queue.pop_front()?;
        if let Some(packet) = packet {
            buffer.extend_from_slice(&packet);
        }
        let status = self.status(buffer.len());
        if status.is_ok() {
            self.sent.extend_from_slice(&buffer);
        }
        self.completed += 1;
        self.is_cancelled &= !self.queue.is_empty();
        let actual_len = buffer.len();
        Some(Completion {
            buffer,
            actual_len,
            status,
        })
    }

    fn pending(&self) -> usize {
        self.queue.len()
    }

    fn cancel(&mut self) {
        self.is_cancelled = !self.queue.is_empty();
    }

    fn clear_halt(&mut self) {
        self.cleared += 1;
    }
}
