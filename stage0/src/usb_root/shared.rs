//! What the server's threads share.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use smoo_wire::Export;
use ublk::Waker;
use usb_root_device::{Action, Device};

/// How often the reader is interrupted until it has left an earlier session.
const INTERRUPT_INTERVAL: Duration = Duration::from_millis(1);

/// The state, and a notification of what threads wait for.
pub struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// The state of the server.
pub struct State {
    pub device: Device,
    /// The session in which the reader began to read a response.
    pub reader_session: u64,
    /// Reads that are complete, for the thread of the block device.
    pub completed: Vec<Completed>,
    /// Free buffers, each of the maximum length of a read.
    pub buffers: Vec<Vec<u8>>,
    /// Wakes the thread of the block device.
    pub waker: Option<Waker>,
}

/// A complete read.
pub struct Completed {
    pub tag: u8,
    /// The data and their length, or an error number.
    pub result: Result<(Vec<u8>, u32), u8>,
}

/// What threads wait for: the sessions of the device and of the reader, the export, and whether there is a request to send.
type Awaited = (u64, u64, Option<Export>, bool);

impl State {
    fn awaited(&self) -> Awaited {
        let device = &self.device;
        let (export, has_request) = (device.export(), device.has_request());
        (device.session(), self.reader_session, export, has_request)
    }

    /// Hands a complete read to the thread of the block device.
    pub fn complete(&mut self, completed: Completed) {
        self.completed.push(completed);
        if let Some(waker) = &self.waker {
            waker.wake();
        }
    }
}

impl Shared {
    pub fn new(device: Device, buffers: Vec<Vec<u8>>) -> Self {
        Shared {
            state: Mutex::new(State {
                reader_session: device.session(),
                device,
                completed: Vec::with_capacity(buffers.len()),
                buffers,
                waker: None,
            }),
            changed: Condvar::new(),
        }
    }

    /// Calls `change` with the state, then notifies all threads if they may wait for what it changed: waking one costs more than all else
    /// that a read needs of this state.
    pub fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.lock();
        let before = state.awaited();
        let result = change(&mut state);
        let is_awaited = state.awaited() != before;
        drop(state);
        if is_awaited {
            self.changed.notify_all();
        }
        result
    }

    /// Waits until `find` returns something.
    pub fn wait_until<R>(&self, mut find: impl FnMut(&mut State) -> Option<R>) -> R {
        let mut state = self.lock();
        loop {
            if let Some(found) = find(&mut state) {
                return found;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until the session is another one than `session`.
    pub fn wait_for_other_session(&self, session: u64) {
        self.wait_until(|state| (state.device.session() != session).then_some(()));
    }

    /// The reader begins to read a response. Returns the current session.
    pub fn begin_response(&self) -> u64 {
        self.change(|state| {
            state.reader_session = state.device.session();
            state.reader_session
        })
    }

    /// Starts a session, and returns when the reader has left the earlier one: rule 3 of [`usb_root_device`].
    pub fn start_session_without_reader(&self) {
        let mut state = self.lock();
        state.device.start_session();
        self.changed.notify_all();
        while state.reader_session != state.device.session() {
            // With the lock: the signal never arrives later, in the new session. All other threads block it.
            let _ = kill(Pid::this(), Signal::SIGUSR1);
            let waited = self.changed.wait_timeout(state, INTERRUPT_INTERVAL);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Handles a response; returns a buffer for the payload too.
    pub fn receive(&self, session: u64, message: &[u8]) -> (Action, Vec<u8>) {
        self.change(|state| {
            let action = state.device.receive(session, message);
            let buffer = match action {
                Action::Receive { .. } | Action::Drain(_) => state.buffers.pop(),
                _ => None,
            };
            (action, buffer.unwrap_or_default())
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use usb_root_device::Limits;

    const BLOCK: u32 = 512;

    fn state() -> State {
        let limits = Limits {
            slots: 2,
            length: BLOCK,
        };
        let export = Export::new(smoo_wire::ExportId(std::num::NonZeroU32::MIN), BLOCK, 4096);
        let export = export.unwrap();
        let mut device = Device::new(limits, 0).with_export(export);
        let exports = smoo_wire::encode_exports(&[export]);
        device.configure(&exports).unwrap();
        let shared = Shared::new(device, vec![vec![0; 512]; 3]);
        shared.state.into_inner().unwrap()
    }

    #[test]
    fn threads_wait_for_requests_and_sessions_only() {
        let mut state = state();
        let idle = state.awaited();
        assert!(state.device.begin_read(0, 0, BLOCK));
        assert_ne!(state.awaited(), idle);
        state.device.next_request();
        assert_eq!(state.awaited(), idle);

        let buffer = state.buffers.pop();
        state.buffers.extend(buffer);
        let result = Err(5);
        state.complete(Completed { tag: 0, result });
        assert_eq!(state.awaited(), idle);

        state.reader_session += 1;
        assert_ne!(state.awaited(), idle);
        state.reader_session = 0;
        state.device.start_session();
        assert_ne!(state.awaited(), idle);
    }
}
