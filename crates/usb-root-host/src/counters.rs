//! Counts what is served.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// What was served so far, counted by all threads.
#[derive(Debug, Default)]
pub struct Counters {
    reads: AtomicU64,
    bytes: AtomicU64,
    latency: AtomicU64,
    failures: AtomicU64,
    sessions: AtomicU64,
}

/// The counters at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// The number of reads that were answered with data.
    pub reads: u64,
    /// The bytes of this data.
    pub bytes: u64,
    /// The sum of the times from the arrival of a request until its data was handed to the kernel.
    pub latency: Duration,
    /// The number of requests that were answered with an error.
    pub failures: u64,
    /// The number of sessions that began.
    pub sessions: u64,
}

impl Counters {
    pub(crate) fn add_read(&self, bytes: usize, latency: Duration) {
        self.reads.fetch_add(1, Relaxed);
        self.bytes.fetch_add(bytes as u64, Relaxed);
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.latency.fetch_add(nanoseconds, Relaxed);
    }

    pub(crate) fn add_failure(&self) {
        self.failures.fetch_add(1, Relaxed);
    }

    pub(crate) fn add_session(&self) {
        self.sessions.fetch_add(1, Relaxed);
    }

    /// The counters now.
    pub fn totals(&self) -> Totals {
        Totals {
            reads: self.reads.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            latency: Duration::from_nanos(self.latency.load(Relaxed)),
            failures: self.failures.load(Relaxed),
            sessions: self.sessions.load(Relaxed),
        }
    }
}

impl Totals {
    /// How often the device connected again.
    pub fn reconnects(&self) -> u64 {
        self.sessions.saturating_sub(1)
    }

    /// The mean latency of a read; zero if there was none.
    pub fn mean_latency(&self) -> Duration {
        let mean = self.latency.as_nanos().checked_div(self.reads.into());
        Duration::from_nanos(mean.and_then(|mean| mean.try_into().ok()).unwrap_or(0))
    }

    /// What was served after `earlier`.
    pub fn since(&self, earlier: &Totals) -> Totals {
        Totals {
            reads: self.reads.saturating_sub(earlier.reads),
            bytes: self.bytes.saturating_sub(earlier.bytes),
            latency: self.latency.saturating_sub(earlier.latency),
            failures: self.failures.saturating_sub(earlier.failures),
            sessions: self.sessions.saturating_sub(earlier.sessions),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_averages() {
        let counters = Counters::default();
        assert_eq!(counters.totals().mean_latency(), Duration::ZERO);
        counters.add_session();
        counters.add_read(512, Duration::from_micros(100));
        let first = counters.totals();
        counters.add_session();
        counters.add_read(1024, Duration::from_micros(300));
        counters.add_failure();
        let totals = counters.totals();
        assert_eq!((totals.reads, totals.bytes), (2, 1536));
        assert_eq!(totals.mean_latency(), Duration::from_micros(200));
        assert_eq!(totals.reconnects(), 1);
        let second = totals.since(&first);
        assert_eq!((second.reads, second.bytes, second.failures), (1, 1024, 1));
        assert_eq!(second.mean_latency(), Duration::from_micros(300));
    }
}
