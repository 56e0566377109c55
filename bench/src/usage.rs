//! What a command takes.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use procfs::process::Process;

/// What a command took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// The duration.
    pub seconds: f64,
    /// The processor time of the command and its children.
    pub cpu_seconds: f64,
    /// The number of bytes that the command read, from a cache or not.
    pub read: u64,
    /// The largest number of bytes in memory at once.
    pub memory: u64,
}

/// How often a running command is looked at: what it does after the last time is not in [`Usage::read`] and [`Usage::memory`].
const INTERVAL: Duration = Duration::from_millis(2);

/// Runs a command, which must succeed, with its standard output discarded.
pub fn measure(command: &mut Command) -> anyhow::Result<Usage> {
    let name = Path::new(command.get_program()).display().to_string();
    let before = children_cpu_seconds()?;
    let started = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| name.clone())?;
    let mut usage = Usage::default();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        usage.look_at(&child);
        sleep(INTERVAL);
    };
    usage.seconds = started.elapsed().as_secs_f64();
    usage.cpu_seconds = children_cpu_seconds()? - before;
    ensure!(status.success(), "{name}: {status}");
    Ok(usage)
}

impl Usage {
    /// A process that has just exited has no such files any more.
    fn look_at(&mut self, child: &Child) {
        let process = i32::try_from(child.id())
            .ok()
            .and_then(|id| Process::new(id).ok());
        let Some(process) = process else { return };
        if let Ok(io) = process.io() {
            self.read = self.read.max(io.rchar);
        }
        if let Ok(Some(peak)) = process.status().map(|status| status.vmhwm) {
            self.memory = self.memory.max(peak * 1024);
        }
    }
}

/// The processor time of this process's terminated children.
fn children_cpu_seconds() -> anyhow::Result<f64> {
    let own = Process::myself()?.stat()?;
    Ok((own.cutime + own.cstime) as f64 / procfs::ticks_per_second() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_commands_that_fail_or_do_not_start() {
        let message = measure(&mut Command::new("false")).unwrap_err().to_string();
        assert_eq!(message, "false: exit status: 1");
        let message = measure(&mut Command::new("/nonexistent"))
            .unwrap_err()
            .to_string();
        assert_eq!(message, "/nonexistent");
    }

    #[test]
    fn counts_what_a_command_reads() {
        let mut command = Command::new("sh");
        command
            .args(["-c", "read -r line </proc/self/stat; read -r line"])
            .stdin(Stdio::piped());
        let mut usage = Usage::default();
        let mut child = command.spawn().unwrap();
        while usage.read == 0 || usage.memory == 0 {
            usage.look_at(&child);
        }
        drop(child.stdin.take());
        child.wait().unwrap();
    }
}
