//! The threads of the other endpoints: the sender of requests, and the reader of responses and payloads.

use std::fs::File;
use std::io::{self, Read, Write};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use usb_root_device::{Action, Loss};

use super::process::Log;
use super::shared::{Completed, Shared};
use crate::console::Level;

/// The largest packet of an interrupt endpoint, in bytes: a longer message than the protocol's arrives whole, and is refused.
const MAX_MESSAGE: usize = 1024;
/// The length of a transfer in bytes, for which the kernel needs contiguous memory. If it has none, smaller ones are tried.
const MAX_TRANSFER: usize = 32 << 10;
const MIN_TRANSFER: usize = 4 << 10;
const NO_MEMORY_PAUSE: Duration = Duration::from_millis(10);

/// Sends the requests. Never returns.
pub fn send_requests(mut endpoint: File, shared: &Shared) {
    loop {
        let (session, request) = shared.wait_until(|state| {
            let request = state.device.next_request()?;
            Some((state.device.session(), request))
        });
        if endpoint.write_all(&request.encode()).is_err() {
            // The host is away. The request will be sent again in the next session.
            shared.wait_for_other_session(session);
        }
    }
}

/// The reader's endpoints.
pub struct Reader {
    /// Interrupt OUT.
    pub responses: File,
    /// Bulk OUT.
    pub payloads: File,
}

impl Reader {
    /// Reads responses and payloads. Never returns.
    pub fn run(mut self, shared: &Shared, log: &Log) {
        let mut message = [0; MAX_MESSAGE];
        loop {
            let session = shared.begin_response();
            let result = self.responses.read(&mut message).and_then(|length| {
                let message = message.get(..length).unwrap_or_default();
                self.handle(session, message, shared, log)
            });
            match result {
                Ok(()) => {}
                // Another session has begun.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The host has disabled the endpoint, or not enabled it yet.
                Err(_) => shared.wait_for_other_session(session),
            }
        }
    }

    fn handle(
        &mut self,
        session: u64,
        message: &[u8],
        shared: &Shared,
        log: &Log,
    ) -> io::Result<()> {
        let (action, mut buffer) = shared.receive(session, message);
        let (tag, length) = match action {
            Action::Ignore => return Ok(()),
            Action::Fail { tag, errno } => {
                log.write(
                    Level::Error,
                    &format!("the host cannot read its image: error {errno}"),
                );
                let result = Err(errno);
                shared.change(|state| state.complete(Completed { tag, result }));
                return Ok(());
            }
            Action::Lost(loss) => {
                report_loss(log, loss);
                return Ok(());
            }
            Action::Receive { tag, length } => (Some(tag), length),
            Action::Drain(length) => (None, length),
        };
        // Of the right length already, but after an error.
        buffer.resize(length as usize, 0);
        let received = read_payload(&mut self.payloads, &mut buffer);
        let complete = matches!(received, Ok(count) if count == buffer.len());
        shared.change(|state| {
            match tag.filter(|tag| complete && state.device.finish(session, *tag)) {
                Some(tag) => state.complete(Completed {
                    tag,
                    result: Ok((buffer, length)),
                }),
                None => state.buffers.push(buffer),
            }
        });
        match received {
            Ok(_) if complete => Ok(()),
            Ok(count) => {
                let (expected, found) = (length, count as u32);
                if shared.change(|state| state.device.lose(session)) {
                    report_loss(log, Loss::Payload { expected, found });
                }
                Ok(())
            }
            Err(error) => {
                // Unless another session has begun anyway, what the kernel received before the error is lost.
                if error.kind() == io::ErrorKind::Interrupted {
                    shared.change(|state| state.device.lose(session));
                }
                Err(error)
            }
        }
    }
}

fn report_loss(log: &Log, loss: Loss) {
    let text = format!("the host's data cannot be used: {loss}; waiting for it to start again");
    log.write(Level::Warning, &text);
}

/// Reads until the buffer is full or the host ends a transfer early; returns the number of bytes.
fn read_payload(endpoint: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    let mut limit = MAX_TRANSFER;
    while filled < buffer.len() {
        let end = buffer.len().min(filled + limit);
        let part = buffer.get_mut(filled..end).unwrap_or_default();
        let length = part.len();
        match endpoint.read(part) {
            Ok(count) if count == length => filled += count,
            Ok(count) => return Ok(filled + count),
            // Before anything was transferred.
            Err(error) if error.raw_os_error() == Some(Errno::ENOMEM as i32) => {
                match limit > MIN_TRANSFER {
                    true => limit /= 2,
                    false => thread::sleep(NO_MEMORY_PAUSE),
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
