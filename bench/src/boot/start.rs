//! The time of one boot, measured by the machine's own kernel clock.

use std::time::Duration;

use vm_test::{Event, VmConfig};

/// Times in seconds since the kernel started.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Start {
    /// The start of the initramfs' init.
    pub initramfs: f64,
    /// The start of the root's init.
    pub root: f64,
}

/// Far longer than the slowest boot.
const DEADLINE: Duration = Duration::from_secs(600);

/// Boots a machine until its root's init has started.
pub fn measure(config: &VmConfig) -> Result<Start, String> {
    let mut output = Vec::new();
    let report = |error| format!("{}: {error}", config.qemu.display());
    let mut vm = config.start(DEADLINE).map_err(report)?;
    while let Event::Output(bytes) = vm.next_event().map_err(report)? {
        output.extend(bytes);
        if let Some(start) = parse_start(&String::from_utf8_lossy(&output)) {
            return Ok(start);
        }
    }
    let output = String::from_utf8_lossy(&output);
    Err(format!("the root's init did not start:\n{output}"))
}

/// The times, once both lines are in the kernel's log.
fn parse_start(log: &str) -> Option<Start> {
    Some(Start {
        initramfs: time_of(log, "Run /init as init process")?,
        root: time_of(log, "init: started as process 1")?,
    })
}

/// The timestamp of the line with this text in the kernel's log: `[    1.234567] text`.
fn time_of(log: &str, text: &str) -> Option<f64> {
    log.lines().find_map(|line| {
        let (time, message) = line.strip_prefix('[')?.split_once("] ")?;
        if message.trim_end() != text {
            return None;
        }
        time.trim().parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_the_times_of_both_lines() {
        let log = "SeaBIOS\r\n[    0.000000] Linux version\r\n\
                   [   12.500000] Run /init as init process\r\nLoading\r\n\
                   [   14.750000] init: started as process 1\r\n";
        let start = parse_start(log).unwrap();
        assert_eq!((start.initramfs, start.root), (12.5, 14.75));
    }

    #[test]
    fn ignores_incomplete_or_missing_lines() {
        let log = "[   12.500000] Run /init as init process\r\n[   14.75";
        assert_eq!(parse_start(log), None);
        assert_eq!(parse_start("init: started as process 1\n"), None);
    }
}
