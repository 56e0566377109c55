//! The cost of a build.

use std::time::{Duration, Instant};

use anyhow::Context;
use procfs::net::DeviceStatus;
use procfs::process::Process;
use procfs::{ProcError, ProcResult};

/// The cost of a build.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// The duration of the command.
    pub seconds: f64,
    /// The duration that Bazel reports, measured from the moment its server receives the command.
    pub own_seconds: Option<f64>,
    /// The processor time of all processes.
    pub cpu_seconds: f64,
    /// The number of executed actions or compiled crates.
    pub actions: u64,
    /// The bytes received on all network interfaces of the machine, including the loopback.
    pub received: u64,
}

/// The kernel's counters at the start of a measurement.
#[derive(Debug)]
pub struct Meter {
    started: Instant,
    cpu_seconds: f64,
    received: u64,
}

impl Meter {
    /// Starts a measurement. `server` is the process ID of a server that outlives the command.
    pub fn start(server: Option<i32>) -> anyhow::Result<Self> {
        let (cpu_seconds, received) = read_counters(server)?;
        Ok(Meter {
            started: Instant::now(),
            cpu_seconds,
            received,
        })
    }

    /// Returns the cost since the start. `server` may have been started in the meantime.
    pub fn stop(
        self,
        server: Option<i32>,
        own_duration: Option<Duration>,
        actions: u64,
    ) -> anyhow::Result<Cost> {
        let seconds = self.started.elapsed().as_secs_f64();
        let (cpu_seconds, received) = read_counters(server)?;
        Ok(Cost {
            seconds,
            own_seconds: own_duration.map(|duration| duration.as_secs_f64()),
            cpu_seconds: cpu_seconds - self.cpu_seconds,
            actions,
            received: received.saturating_sub(self.received),
        })
    }
}

fn read_counters(server: Option<i32>) -> anyhow::Result<(f64, u64)> {
    let both = || -> ProcResult<_> { Ok((cpu_seconds(server)?, received()?)) };
    both().context("/proc")
}

/// The processor time of this process's terminated children, and of the server with its terminated children.
fn cpu_seconds(server: Option<i32>) -> ProcResult<f64> {
    let own = Process::myself()?.stat()?;
    let mut ticks = own.cutime + own.cstime;
    match server.map(|id| Process::new(id)?.stat()).transpose() {
        Ok(Some(server)) => {
            // cutime and cstime are signed in proc_pid_stat(5), but never negative.
            ticks += server.cutime + server.cstime;
            ticks = ticks.saturating_add_unsigned(server.utime + server.stime);
        }
        // The server has exited, or was not running.
        Ok(None) | Err(ProcError::NotFound(_)) => {}
        Err(error) => return Err(error),
    }
    Ok(ticks as f64 / procfs::ticks_per_second() as f64)
}

fn received() -> ProcResult<u64> {
    let bytes = |interface: &DeviceStatus| interface.recv_bytes;
    Ok(procfs::net::dev_status()?.values().map(bytes).sum())
}

/// The median by duration, the lower one of an even number; `None` if there are no costs.
pub fn median(mut costs: Vec<Cost>) -> Option<Cost> {
    costs.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let middle = costs.len().saturating_sub(1) / 2;
    costs.get(middle).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_an_even_number_is_the_lower_one() {
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
