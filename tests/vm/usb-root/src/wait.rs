//! Waiting for what the kernel does not report as an event.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;

/// Only a hang reaches it, even in an emulator on a busy machine.
pub const LONG: Duration = Duration::from_secs(120);

const INTERVAL: Duration = Duration::from_millis(10);

/// Calls `look` until it returns a value. `what` names that in the error after `limit`.
pub fn wait_for<T>(
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(value) = look()? {
            return Ok(value);
        }
        if Instant::now() >= end {
            bail!("{what}: missing after {} s", limit.as_secs());
        }
        thread::sleep(INTERVAL);
    }
}
