//! Ctrl-C while a device has its root from here.

use std::sync::Arc;
use std::{process, thread};

use anyhow::Context;
use signal_hook::consts::SIGINT;
use signal_hook::iterator::{Handle, Signals};
use usb_root_host::Stop;

use super::Monitor;
use crate::exit;

/// Catches Ctrl-C until it is dropped.
pub struct Interrupt {
    stop: Arc<Stop>,
    handle: Handle,
}

impl Interrupt {
    /// Catches Ctrl-C from now on.
    pub fn install(monitor: &Monitor) -> anyhow::Result<Self> {
        let mut signals = Signals::new([SIGINT]).context("cannot catch Ctrl-C")?;
        let handle = signals.handle();
        let stop = Arc::new(Stop::default());
        let (stopped, monitor) = (Arc::clone(&stop), monitor.clone());
        let thread = thread::Builder::new().name("ctrl-c".to_owned());
        let spawned = thread.spawn(move || {
            for _ in signals.forever() {
                if monitor.is_forgiving() {
                    monitor.warn_of_end();
                } else if stopped.request() {
                    // What ends it does not end itself.
                    process::exit(exit::INTERRUPTED.into());
                }
            }
        });
        spawned.context("cannot start a thread")?;
        Ok(Interrupt { stop, handle })
    }

    /// Requested when the user ends the program.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.handle.close();
    }
}
