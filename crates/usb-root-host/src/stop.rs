//! The end of serving, requested by another thread.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

/// Ends a [`Server`](crate::Server) from another thread.
#[derive(Debug, Default)]
pub struct Stop {
    is_requested: AtomicBool,
    server: Mutex<Option<Thread>>,
}

impl Stop {
    /// Requests the end, and returns whether it had been requested before.
    pub fn request(&self) -> bool {
        let was_requested = self.is_requested.swap(true, SeqCst);
        if let Some(server) = self.server().as_ref() {
            server.unpark();
        }
        was_requested
    }

    /// Whether the end was requested.
    pub fn is_requested(&self) -> bool {
        self.is_requested.load(SeqCst)
    }

    /// From now on, requests wake this thread, which checks [`is_requested`](Self::is_requested) before it parks.
    pub(crate) fn wake_this_thread(&self) {
        *self.server() = Some(thread::current());
    }

    fn server(&self) -> MutexGuard<'_, Option<Thread>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
