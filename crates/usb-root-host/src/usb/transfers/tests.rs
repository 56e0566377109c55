//! Tests without a device.

use super::*;
use std::collections::VecDeque;
use std::task::Waker;

/// An endpoint on which a test completes transfers.
#[derive(Default)]
struct FakePipe {
    queue: VecDeque<Buffer>,
    completed: VecDeque<Completion>,
    allocated: usize,
}

impl FakePipe {
    fn complete(&mut self, status: Result<(), TransferError>, length: Option<usize>) {
        let buffer = self.queue.pop_front().unwrap();
        let actual_len = length.unwrap_or(buffer.len());
        self.completed.push_back(Completion {
            buffer,
            actual_len,
            status,
        });
    }
}

impl Pipe for FakePipe {
    fn submit(&mut self, buffer: Buffer) {
        self.queue.push_back(buffer);
    }

    fn wait(&mut self, _: Duration) -> Option<Completion> {
        assert!(self.pending() > 0, "waits for nothing");
        self.completed.pop_front()
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<Completion> {
        self.wait(Duration::ZERO).map_or(Poll::Pending, Poll::Ready)
    }

    fn pending(&self) -> usize {
        self.queue.len() + self.completed.len()
    }

    fn cancel(&mut self) {
        while !self.queue.is_empty() {
            self.complete(Err(TransferError::Cancelled), None);
        }
    }

    fn allocate(&mut self, size: usize) -> Buffer {
        self.allocated += 1;
        Buffer::new(size)
    }
}

#[test]
fn keeps_transfers_pending_for_messages() {
    let mut inputs = Inputs::new(FakePipe::default(), 64, 4);
    let context = &mut Context::from_waker(Waker::noop());
    assert_eq!(inputs.poll(context, "request"), Poll::Pending);
    assert_eq!(inputs.pipe.queue.len(), 4);
    assert!(
        inputs
            .pipe
            .queue
            .iter()
            .all(|buffer| buffer.requested_len() == 64)
    );
    inputs.pipe.queue[0].extend_from_slice(b"message");
    inputs.pipe.complete(Ok(()), None);
    let message = inputs.poll(context, "request");
    assert_eq!(message, Poll::Ready(Ok(b"message".to_vec())));
    assert_eq!(inputs.pipe.pending(), 4);
    inputs.pipe.complete(Err(TransferError::Disconnected), None);
    let failed = inputs.poll(context, "request");
    assert_eq!(failed, Poll::Ready(Err(LinkError::Disconnected)));
    assert!(!inputs.is_drained(Duration::ZERO));
    inputs.cancel();
    assert!(inputs.is_drained(Duration::ZERO));
}

#[test]
fn limits_the_transfers_in_flight() {
    let mut outputs = Outputs::new(FakePipe::default(), 2);
    for _ in 0..2 {
        assert_eq!(outputs.has_room(Duration::ZERO, "data"), Ok(true));
        outputs.submit(Buffer::from(&b"data"[..]));
    }
    assert_eq!(outputs.has_room(Duration::ZERO, "data"), Ok(false));
    outputs.pipe.complete(Ok(()), None);
    assert_eq!(outputs.has_room(Duration::ZERO, "data"), Ok(true));
    outputs.cancel();
    assert!(outputs.is_drained(Duration::ZERO));
}

#[test]
fn reports_transfers_that_fail_or_are_short() {
    let mut outputs = Outputs::new(FakePipe::default(), 2);
    for (status, length, expected) in [
        (
            Err(TransferError::Stall),
            None,
            "data: the device refused it",
        ),
        (
            Err(TransferError::Cancelled),
            None,
            "data: the device does not answer",
        ),
        (
            Err(TransferError::Fault),
            None,
            "data: USB fault: try another cable",
        ),
        (Ok(()), Some(3), "data: 3 of 4 bytes were sent"),
    ] {
        outputs.submit(Buffer::from(&b"data"[..]));
        outputs.pipe.complete(status, length);
        let error = outputs.has_room(Duration::ZERO, "data").unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

#[test]
fn limits_the_memory_that_the_kernel_shares() {
    let mut outputs = Outputs::new(FakePipe::default(), 2);
    let buffers: Vec<_> = (0..BUFFERS + 5).map(|_| outputs.buffer(512)).collect();
    assert!(buffers.iter().all(|buffer| buffer.capacity() >= 512));
    assert_eq!(outputs.pipe.allocated, BUFFERS);
    assert!(outputs.buffer(REUSED + 1).capacity() > REUSED);
}

#[test]
fn fills_a_used_buffer_only_if_its_length_differs() {
    let mut outputs = Outputs::new(FakePipe::default(), 2);
    for (length, expected) in [(4, &b"data"[..]), (3, &[0; 3])] {
        outputs.free.push(Buffer::from(&b"data"[..]));
        assert_eq!(outputs.buffer(length)[..], *expected);
    }
}
