//! What the processes of both sides have used.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Clock ticks a second: `USER_HZ` of Linux.
const TICKS: f64 = 100.0;

/// A value of each side.
#[derive(Debug, Default, PartialEq)]
pub struct Sides {
    pub device: f64,
    pub host: f64,
}

/// The CPU seconds of all threads.
pub fn cpu() -> anyhow::Result<Sides> {
    sum(|process| {
        let stat = fs::read_to_string(process.join("stat"))?;
        parse_cpu(&stat).context("stat")
    })
}

/// The CPU seconds of the whole machine, the kernel included.
pub fn machine_cpu() -> anyhow::Result<f64> {
    let stat = fs::read_to_string("/proc/stat")?;
    parse_machine_cpu(&stat).context("/proc/stat")
}

/// How often all threads were scheduled.
pub fn switches() -> anyhow::Result<Sides> {
    sum(|process| {
        let mut switches = 0.0;
        for thread in directories(&process.join("task"))? {
            let status = fs::read_to_string(thread.join("status"))?;
            switches += parse_switches(&status);
        }
        Ok(switches)
    })
}

/// Adds up a value of the processes of each side.
fn sum(value: impl Fn(&Path) -> anyhow::Result<f64>) -> anyhow::Result<Sides> {
    let mut sides = Sides::default();
    for process in directories(Path::new("/proc"))? {
        // A process that has ended, or a kernel thread, has neither.
        let name = fs::read(process.join("cmdline")).unwrap_or_default();
        let program = fs::read_link(process.join("exe")).unwrap_or_default();
        let is_host = ["fastboop", "smoo-host", "nbd-server"]
            .iter()
            .any(|name| program.ends_with(name));
        let is_device = name.starts_with(b"@fastboop-usb-root") || program.ends_with("smoo-gadget");
        match (is_device, is_host) {
            (true, _) => sides.device += value(&process)?,
            (_, true) => sides.host += value(&process)?,
            _ => {}
        }
    }
    Ok(sides)
}

/// The directories of processes in /proc, or of threads.
fn directories(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(path).with_context(|| path.display().to_string())?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let numbers = names.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    Ok(numbers.map(|number| path.join(number)).collect())
}

/// `utime` and `stime` of `/proc/<pid>/stat`, which proc_pid_stat(5) describes. The name, in parentheses, may contain spaces.
fn parse_cpu(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

/// The first line of `/proc/stat`, which proc_stat(5) describes, without `idle` and `iowait`.
fn parse_machine_cpu(stat: &str) -> Option<f64> {
    let fields = stat.lines().next()?.strip_prefix("cpu ")?;
    let fields: Result<Vec<f64>, _> = fields.split_whitespace().map(str::parse).collect();
    let fields = fields.ok()?;
    let busy = fields.get(..3)?.iter().chain(fields.get(5..8)?);
    Some(busy.sum::<f64>() / TICKS)
}

/// Both counters of `/proc/<pid>/status`.
fn parse_switches(status: &str) -> f64 {
    let counters = status.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.ends_with("ctxt_switches").then_some(value)
    });
    counters
        .filter_map(|value| value.trim().parse::<f64>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_the_kernel_prints() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 9 0 0 0 150 50 0 0 20 0 1 0 1 1 1";
        assert_eq!(parse_cpu(stat), Some(2.0));
        let stat = "cpu  100 10 20 999 9 30 40 0 0 0\ncpu0 1\n";
        assert_eq!(parse_machine_cpu(stat), Some(2.0));
        let status = "Name:\tx\nvoluntary_ctxt_switches:\t7\nnonvoluntary_ctxt_switches:\t3\n";
        assert_eq!(parse_switches(status), 10.0);
    }
}
