//! The table of `bench boot`.

use std::time::Duration;

use super::start::Start;

/// The measurements of one initramfs.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Its size in bytes.
    pub size: u64,
    /// The time to build it.
    pub build: Duration,
    /// The times of the boot.
    pub start: Start,
}

/// The header of the Markdown table; [`row`] formats its rows.
pub const HEADER: &str = "\
| initramfs | size | ratio | time to make, median | ratio | /init to the root's init, median | ratio | kernel to the root's init, median | ratio |
|---|--:|--:|--:|--:|--:|--:|--:|--:|";

/// The row of one initramfs; `ours` is the denominator of its ratios.
pub fn row(name: &str, runs: &[Run], ours: &[Run]) -> String {
    let size = |run: &Run| run.size as f64 / 1024.0;
    let build = |run: &Run| run.build.as_secs_f64();
    let start = |run: &Run| run.start.root - run.start.initramfs;
    let whole = |run: &Run| run.start.root;
    let cell = |value: fn(&Run) -> f64| {
        (
            median(runs, value),
            median(runs, value) / median(ours, value),
        )
    };
    let ((size, size_ratio), (build, build_ratio)) = (cell(size), cell(build));
    let ((start, start_ratio), (whole, whole_ratio)) = (cell(start), cell(whole));
    format!(
        "| {name} | {size:.0} KiB | {size_ratio:.1} | {build:.2} s | {build_ratio:.1} \
         | {start:.2} s | {start_ratio:.1} | {whole:.2} s | {whole_ratio:.1} |"
    )
}

/// The median of one value of all runs.
fn median(runs: &[Run], value: fn(&Run) -> f64) -> f64 {
    crate::median::median(runs.iter().map(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(size: u64, seconds: f64) -> Run {
        Run {
            size,
            build: Duration::from_secs_f64(seconds),
            start: Start {
                initramfs: 1.0,
                root: 1.0 + seconds,
            },
        }
    }

    #[test]
    fn formats_medians_and_ratios() {
        let runs = [run(4096, 3.0), run(4096, 1.0), run(4096, 2.0)];
        let row = row("x", &runs, &[run(2048, 1.0)]);
        assert_eq!(
            row,
            "| x | 4 KiB | 2.0 | 2.00 s | 2.0 | 2.00 s | 2.0 | 3.00 s | 1.5 |"
        );
    }
}
