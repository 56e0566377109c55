//! The time and memory that `fastboop boot --output` takes for a large image, compared with gzip for the kernel alone.

use std::fs;
use std::process::Command;

use anyhow::Context;

use super::Arguments;
use crate::median::median;
use crate::usage::{Usage, measure};

const HEADER: &str = "\
| command | s, median | ratio | MB of memory at the peak |
|---|--:|--:|--:|
";

/// Prints a Markdown table. Everything is read from a warm cache.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let work = tempfile::Builder::new()
        .prefix("bench-fastboot.")
        .tempdir_in(&arguments.work)?;
    let (image, kernel) = (work.path().join("image"), work.path().join("kernel"));
    let mut make = Command::new("mke2fs");
    make.args(["-q", "-t", "ext4", "-L", "vm-root", "-d"]);
    measure(make.arg(&arguments.archive).arg(&image).arg("4G"))?;
    let kernels = "/usr/lib/fastboop/vm/aarch64/lib/modules";
    let mut copy = Command::new("sh");
    measure(
        copy.args(["-c", &format!("cp {kernels}/*/vmlinuz \"$0\"")])
            .arg(&kernel),
    )?;

    // A name without a slash would be searched on PATH.
    let fastboop = fs::canonicalize(&arguments.fastboop)
        .with_context(|| arguments.fastboop.display().to_string())?;
    let boot = || {
        let mut command = Command::new(&fastboop);
        command.arg("boot").arg(&image);
        command.arg("--profile").arg(&arguments.profile);
        command.arg("--output").arg(work.path().join("boot.img"));
        command.args(["--non-interactive", "--module=virtio_blk", "--json"]);
        measure(&mut command)
    };
    let gzip = || {
        let mut gzip = Command::new("gzip");
        measure(gzip.arg("--stdout").arg(&kernel))
    };
    let (mut ours, mut peers) = (vec![], vec![]);
    // The first run fills the cache.
    boot()?;
    for _ in 0..arguments.runs {
        ours.push(boot()?);
        peers.push(gzip()?);
    }
    cli_main::print(HEADER)?;
    let size = fs::metadata(&image)?.len() as f64 / 1e9;
    cli_main::print(row(
        &format!("`fastboop boot --output`, image of {size:.1} GB"),
        &ours,
        &peers,
    ))?;
    cli_main::print(row("`gzip`, the kernel", &peers, &peers))
}

fn row(name: &str, runs: &[Usage], peer: &[Usage]) -> String {
    let seconds = |runs: &[Usage]| median(runs.iter().map(|usage| usage.seconds));
    let memory = median(runs.iter().map(|usage| usage.memory as f64 / 1e6));
    let ratio = seconds(runs) / seconds(peer);
    format!(
        "| {name} | {:.2} | {ratio:.2} | {memory:.0} |\n",
        seconds(runs)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_medians_and_ratios() {
        let usage = |seconds| Usage {
            seconds,
            memory: 8_000_000,
            ..Usage::default()
        };
        let row = row("x", &[usage(3.0), usage(1.0), usage(2.0)], &[usage(4.0)]);
        assert_eq!(row, "| x | 2.00 | 0.50 | 8 |\n");
    }
}
