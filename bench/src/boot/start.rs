//! One start of the machine, by the clock of its own kernel.

use std::time::Duration;

use vm_test::{Boot, Event};

/// When what happened, in seconds since the kernel began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Start {
    /// The kernel ran the initramfs' init.
    pub initramfs: f64,
    /// The root's init ran.
    pub root: f64,
}

/// Far more than the slowest takes.
const DEADLINE: Duration = Duration::from_secs(600);

/// Boots a machine until its root's init has started.
pub fn measure(boot: &Boot) -> Result<Start, String> {
    let mut output = Vec::new();
    let report = |error| format!("{}: {error}", boot.qemu.display());
    let mut vm = boot.start(DEADLINE).map_err(report)?;
    while let Event::Output(bytes) = vm.next_event().map_err(report)? {
        output.extend(bytes);
        if let Some(start) = read(&String::from_utf8_lossy(&output)) {
            return Ok(start);
        }
    }
    let output = String::from_utf8_lossy(&output);
    Err(format!("the root's init did not start:\n{output}"))
}

/// The times, once the kernel's log has both.
fn read(log: &str) -> Option<Start> {
    Some(Start {
        initramfs: time_of(log, "Run /init as init process")?,
        root: time_of(log, "init: started as process 1")?,
    })
}

/// The time of a whole line of the kernel's log: `[    1.234567] text`.
fn time_of(log: &str, text: &str) -> Option<f64> {
    log.lines().find_map(|line| {
        let (time, said) = line.strip_prefix('[')?.split_once("] ")?;
        if said.trim_end() != text {
            return None;
        }
        time.trim().parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_are_those_of_the_two_lines() {
        let log = "SeaBIOS\r\n[    0.000000] Linux version\r\n\
                   [   12.500000] Run /init as init process\r\nLoading\r\n\
                   [   14.750000] init: started as process 1\r\n";
        let start = read(log).unwrap();
        assert_eq!((start.initramfs, start.root), (12.5, 14.75));
    }

    #[test]
    fn half_a_line_or_one_of_the_two_is_not_enough() {
        let log = "[   12.500000] Run /init as init process\r\n[   14.75";
        assert_eq!(read(log), None);
        assert_eq!(read("init: started as process 1\n"), None);
    }
}
