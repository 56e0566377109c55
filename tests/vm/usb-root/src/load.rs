//! Reads without a pause, each compared with what it has to return.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::bail;

use crate::kmsg::log;
use crate::reads::{Buffered, Direct, Reads};
use crate::reference::Reference;
use crate::wait::wait_for;

/// Threads that read until the load is stopped, or one of them fails, which fails the test.
pub struct Load {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    should_stop: AtomicBool,
    has_failed: AtomicBool,
    /// Counts the calls of [`Load::wait_for_progress`].
    round: AtomicU64,
    /// For each thread, the round in which the last read that is complete began.
    completed: Vec<AtomicU64>,
    bytes: AtomicU64,
}

impl Load {
    /// Reads `device`, and a file of `pattern`, both directly and through the page cache.
    pub fn start(device: &Path, file: &Path, reference: &Arc<Reference>) -> anyhow::Result<Self> {
        let reads: Vec<Box<dyn Reads>> = vec![
            Box::new(Direct::random(device, reference)?),
            Box::new(Direct::sequential(device, reference)?),
            Box::new(Buffered::new(file)),
        ];
        let shared = Arc::new(Shared {
            completed: reads.iter().map(|_| AtomicU64::new(0)).collect(),
            ..Shared::default()
        });
        let start = |(number, reads)| {
            let shared = shared.clone();
            thread::spawn(move || shared.repeat(number, reads))
        };
        let threads = reads.into_iter().enumerate().map(start).collect();
        Ok(Load { shared, threads })
    }

    /// Waits until each thread completed a read that began after this call, and with it the one before.
    pub fn wait_for_progress(&self, limit: Duration) -> anyhow::Result<()> {
        let round = self.shared.round.fetch_add(1, Ordering::SeqCst) + 1;
        wait_for("reads of all threads", limit, || {
            if self.shared.has_failed.load(Ordering::SeqCst) {
                bail!("a read failed");
            }
            let mut rounds = self.shared.completed.iter();
            let is_complete = rounds.all(|thread| thread.load(Ordering::SeqCst) >= round);
            Ok(is_complete.then_some(()))
        })
    }

    /// Ends the reads, and returns how many bytes were read.
    pub fn stop(self) -> u64 {
        self.shared.should_stop.store(true, Ordering::SeqCst);
        for thread in self.threads {
            let _ = thread.join();
        }
        self.shared.bytes.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn repeat(&self, thread: usize, mut reads: Box<dyn Reads>) {
        while !self.should_stop.load(Ordering::SeqCst) {
            let round = self.round.load(Ordering::SeqCst);
            match reads.read() {
                Ok(length) => self.bytes.fetch_add(length as u64, Ordering::SeqCst),
                Err(error) => {
                    self.has_failed.store(true, Ordering::SeqCst);
                    return log(format_args!("failed: {error:#}"));
                }
            };
            self.completed[thread].store(round, Ordering::SeqCst);
        }
    }
}
