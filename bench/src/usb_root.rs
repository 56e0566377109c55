//! Compares the root over USB with smoo's pair of programs, and with the kernel's network block device over a network of a gadget. Each is
//! measured in a machine that is phone and host, connected by `dummy_hcd`. Runs in the Debian root, after tests/vm/usb-root/build-peers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::ensure;
use vm_test::{Boot, Machine, VmConfig};

use crate::boot::kernel_release;
use crate::machine;
use crate::median::median;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The initramfs of the machine. The defaults are the paths under `tools/bazel run //bench`
    #[arg(long, default_value = "tests/vm/usb-root/peers.initramfs")]
    initramfs: PathBuf,
    /// The root file system that is served
    #[arg(long, default_value = "tests/vm/usb-root/x86_64.erofs")]
    image: PathBuf,
    /// The root file system of the machine with the network block device, and of its server
    #[arg(long, default_value = "tests/vm/usb-root/nbd.erofs")]
    nbd: PathBuf,
    /// How often each is measured, in turns
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
}

/// What the kernel command line has for each column of the table, ours first.
const SYSTEMS: [&str; 3] = [
    "stage0.root=usb",
    "stage0.root=/dev/vdb usb_root.gadget=smoo usb_root.host=smoo",
    "stage0.root=/dev/vdb usb_root.gadget=nbd usb_root.host=nbd",
];

/// The values by their names in tests/vm/usb-root/src/rates.rs.
type Rates = BTreeMap<String, Vec<f64>>;

/// The rows: a name, its unit, and whether more is better.
const ROWS: [(&str, &str, bool); 11] = [
    ("sequential", "sequential reads, MB/s", true),
    ("sequential-device", "CPU of the device, s/GB", false),
    ("sequential-host", "CPU of the host, s/GB", false),
    (
        "sequential-machine",
        "CPU of both and the kernel, s/GB",
        false,
    ),
    ("random", "random reads of 4 KiB, MB/s", true),
    ("random-device", "CPU of the device, s/GB", false),
    ("random-host", "CPU of the host, s/GB", false),
    ("random-machine", "CPU of both and the kernel, s/GB", false),
    ("idle-device", "wake-ups of the device, 1/s", false),
    ("idle-host", "wake-ups of the host, 1/s", false),
    ("reconnect", "cable to first byte, s", false),
];

const HEADER: &str = "\
| measured | fastboop | smoo | times as good | nbd | times as good |
|---|--:|--:|--:|--:|--:|
";

/// Prints a Markdown table with medians.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut rates = SYSTEMS.map(|_| Rates::new());
    for run in 1..=arguments.runs {
        eprintln!("run {run} of {}", arguments.runs);
        for (parameters, rates) in SYSTEMS.iter().zip(&mut rates) {
            measure(arguments, parameters, rates)?;
        }
    }
    cli_main::print(HEADER)?;
    for (name, label, is_more_better) in ROWS {
        let values = rates
            .each_ref()
            .map(|rates| median(rates.get(name).cloned().unwrap_or_default()));
        cli_main::print(row(label, values, is_more_better))?;
    }
    Ok(())
}

/// A row: our value, and each peer's with the ratio, which is above 1 if ours is better.
fn row(label: &str, [ours, peers @ ..]: [f64; 3], is_more_better: bool) -> String {
    let peers = peers.map(|peer| {
        let ratio = if is_more_better {
            ours / peer
        } else {
            peer / ours
        };
        // What was not measured, and what the kernel does in place of a process.
        match ratio > 0.0 {
            true => format!(" {peer:.2} | {ratio:.2} |"),
            false => " – | – |".to_owned(),
        }
    });
    format!("| {label} | {ours:.2} |{}\n", peers.concat())
}

/// Far longer than all of it takes.
const DEADLINE: Duration = Duration::from_secs(2400);

fn measure(arguments: &Arguments, parameters: &str, rates: &mut Rates) -> anyhow::Result<()> {
    let modules = Path::new("/usr/lib/modules");
    let copy = |image: &Path| -> anyhow::Result<_> {
        let disk = tempfile::NamedTempFile::new()?;
        fs::copy(image, disk.path())?;
        Ok(disk)
    };
    let served = copy(&arguments.image)?;
    let root = copy(match parameters.contains("nbd") {
        true => &arguments.nbd,
        false => &arguments.image,
    })?;
    let config = VmConfig {
        machine: Machine::X86_64,
        qemu: Machine::X86_64.program().into(),
        boot: Boot::Kernel {
            image: modules.join(kernel_release(modules)?).join("vmlinuz"),
            initramfs: arguments.initramfs.clone(),
            command_line: format!(
                "printk.devkmsg=on rdinit=/usr/lib/usb-root/wrapper stage0.init=/usr/lib/usb-root/init \
                 stage0.on_error=poweroff usb_root.run=rates {parameters}"
            ),
            link: None,
        },
        disks: vec![served.path().to_owned(), root.path().to_owned()],
        memory: 1024,
    };
    let output = machine::output(&config, &["usb-root: failed"], DEADLINE)?;
    ensure!(
        output.contains("usb-root: all passed"),
        "the machine did not measure; was tests/vm/usb-root/build-peers run?\n{output}"
    );
    for (name, value) in parse(&output) {
        rates.entry(name).or_default().push(value);
    }
    Ok(())
}

fn parse(output: &str) -> Vec<(String, f64)> {
    let values = output.lines().filter_map(|line| {
        let (_, rate) = line.split_once("usb-root: rate: ")?;
        let (name, value) = rate.trim().split_once(' ')?;
        Some((name.to_owned(), value.parse().ok()?))
    });
    values.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_the_machine_logs() {
        let output =
            "[ 1.0] usb-root: rate: random 0.500000\r\nusb-root: rate: reconnect inf\r\nx\r\n";
        let expected = [
            ("random".to_owned(), 0.5),
            ("reconnect".to_owned(), f64::INFINITY),
        ];
        assert_eq!(parse(output), expected);
    }

    #[test]
    fn compares_in_the_direction_that_is_better() {
        let row = |is_more_better| row("a", [4.0, 2.0, f64::NAN], is_more_better);
        assert_eq!(row(true), "| a | 4.00 | 2.00 | 2.00 | – | – |\n");
        assert_eq!(row(false), "| a | 4.00 | 2.00 | 0.50 | – | – |\n");
    }
}
