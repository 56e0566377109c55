//! The cost of a build.

use std::time::{Duration, Instant};

use anyhow::Context;
use procfs::net::DeviceStatus;
use procfs::process::Process;
use procfs::{ProcError, ProcResult};

/// The cost of a build.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// From the command's start to its end.
    pub seconds: f64,
    /// The same by Bazel's own count, which begins when its server has the command.
    pub own_seconds: Option<f64>,
    /// Processor time of all processes.
    pub cpu_seconds: f64,
    /// Actions, or crates compiled.
    pub actions: u64,
    /// Bytes that came in over all network interfaces of the machine, the loopback one among them.
    pub received: u64,
}

/// Counters of the kernel's, as they were at one moment.
#[derive(Debug)]
pub struct Meter {
    began: Instant,
    cpu_seconds: f64,
    received: u64,
}

impl Meter {
    /// Starts to measure. `server` is a process that works for the build and was not started by it.
    pub fn start(server: Option<i32>) -> anyhow::Result<Self> {
        let (cpu_seconds, received) = counters(server)?;
        Ok(Meter {
            began: Instant::now(),
            cpu_seconds,
            received,
        })
    }

    /// What it took since the start. `server` may have come since.
    pub fn stop(
        self,
        server: Option<i32>,
        own: Option<Duration>,
        actions: u64,
    ) -> anyhow::Result<Cost> {
        let seconds = self.began.elapsed().as_secs_f64();
        let (cpu_seconds, received) = counters(server)?;
        Ok(Cost {
            seconds,
            own_seconds: own.map(|own| own.as_secs_f64()),
            cpu_seconds: cpu_seconds - self.cpu_seconds,
            actions,
            received: received.saturating_sub(self.received),
        })
    }
}

fn counters(server: Option<i32>) -> anyhow::Result<(f64, u64)> {
    let both = || -> ProcResult<_> { Ok((cpu_seconds(server)?, received()?)) };
    both().context("/proc")
}

/// What the children of this process have used that have ended, and the server with its children.
fn cpu_seconds(server: Option<i32>) -> ProcResult<f64> {
    let own = Process::myself()?.stat()?;
    let mut ticks = own.cutime + own.cstime;
    match server.map(|id| Process::new(id)?.stat()).transpose() {
        Ok(Some(server)) => {
            // Signed: proc_pid_stat(5). They do not fall.
            ticks += server.cutime + server.cstime;
            ticks = ticks.saturating_add_unsigned(server.utime + server.stime);
        }
        // It has ended, or there was none.
        Ok(None) | Err(ProcError::NotFound(_)) => {}
        Err(error) => return Err(error),
    }
    Ok(ticks as f64 / procfs::ticks_per_second() as f64)
}

fn received() -> ProcResult<u64> {
    let bytes = |interface: &DeviceStatus| interface.recv_bytes;
    Ok(procfs::net::dev_status()?.values().map(bytes).sum())
}

/// The one in the middle, by seconds; of an even number, the lower. None of none.
pub fn median(mut costs: Vec<Cost>) -> Option<Cost> {
    costs.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let middle = costs.len().saturating_sub(1) / 2;
    costs.get(middle).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_lower_one_in_the_middle() {
        let cost = |seconds| Cost {
            seconds,
            own_seconds: None,
            cpu_seconds: 0.0,
            actions: 0,
            received: 0,
        };
        let middle = |all: &[f64]| median(all.iter().map(|seconds| cost(*seconds)).collect());
        assert_eq!(middle(&[3.0, 1.0, 2.0]), Some(cost(2.0)));
        assert_eq!(middle(&[4.0, 3.0, 1.0, 2.0]), Some(cost(2.0)));
        assert_eq!(middle(&[]), None);
    }
}
