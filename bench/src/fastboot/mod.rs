//! Compares downloads with those of Android's client, to U-Boot in QEMU over UDP and to the test device over USB, and the making of a boot image
//! with gzip for the kernel alone, in the same run. Runs in the Debian root, which contains the peers.

mod console;
mod output;
mod usb;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};
use console::Console;
use fastboot::{Client, Limits};
use fastboot_net::{Address, UdpLimits, UdpTransport};
use vm_test::{Boot, Machine, VmConfig};

use crate::median::median;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The fastboop program. The defaults of the first five options are the paths under `tools/bazel run //bench`
    #[arg(long, default_value = "fastboop")]
    fastboop: PathBuf,
    /// The profile of QEMU with U-Boot
    #[arg(long, default_value = "tests/vm/qemu-virt.yaml")]
    profile: PathBuf,
    /// The archive of a distribution with kernel, modules and device tree
    #[arg(long, default_value = "tests/vm/images/aarch64.debian.tar")]
    archive: PathBuf,
    /// The root of the machine that measures downloads over USB
    #[arg(long, default_value = "tests/vm/images/usb.erofs")]
    usb_image: PathBuf,
    /// Its initramfs
    #[arg(long, default_value = "tests/vm/images/usb.initramfs")]
    usb_initramfs: PathBuf,
    /// The directory to work in: 5 GB, deleted at the end
    #[arg(long, default_value = "/var/tmp")]
    work: PathBuf,
    /// U-Boot for QEMU's aarch64 machine; the default is its path in the Debian root
    #[arg(long, default_value = "/usr/lib/fastboop/vm/aarch64/u-boot.bin")]
    firmware: PathBuf,
    /// The size of a download in MB; U-Boot accepts up to 134
    #[arg(long, default_value_t = 50)]
    megabytes: u64,
    /// How often each program runs, in turns
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
}

const HEADER: &str = "\
| connection | client | MB/s, median | ratio |
|---|---|--:|--:|
";

/// The speeds of USB that matter, and the parameters with which dummy_hcd has them.
const SPEEDS: [(&str, &str); 2] = [("high", ""), ("super", "dummy_hcd.is_super_speed=1")];

/// Prints two Markdown tables.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    cli_main::print(HEADER)?;
    download(arguments)?;
    for (speed, parameter) in SPEEDS {
        let rates = usb::measure(arguments, speed, parameter)?;
        print_rows(&format!("USB, {speed} speed"), rates.ours, rates.peers)?;
    }
    cli_main::print("\n")?;
    output::run(arguments)
}

fn download(arguments: &Arguments) -> anyhow::Result<()> {
    let image = tempfile::NamedTempFile::new()?;
    let size = arguments.megabytes * 1_000_000;
    io::copy(
        &mut File::open("/dev/urandom")?.take(size),
        &mut image.as_file(),
    )?;
    let config = VmConfig {
        machine: Machine::Aarch64,
        qemu: Machine::Aarch64.program().into(),
        boot: Boot::Firmware {
            image: arguments.firmware.clone(),
            host_port: 0,
            udp_port: fastboot_net::PORT,
        },
        disks: Vec::new(),
        memory: 512,
    };
    let device = Console::start(&config)?.listen()?;
    let (mut ours, mut peers) = (Vec::new(), Vec::new());
    for run in 1..=arguments.runs {
        eprintln!("run {run} of {}", arguments.runs);
        ours.push(rate(size, || send(device.port, image.path()))?);
        peers.push(rate(size, || send_with_peer(device.port, image.path()))?);
    }
    print_rows("UDP, U-Boot", ours, peers)
}

fn print_rows(connection: &str, ours: Vec<f64>, peers: Vec<f64>) -> anyhow::Result<()> {
    let (ours, peer) = (median(ours), median(peers));
    cli_main::print(row(connection, "fastboop", ours, peer))?;
    cli_main::print(row(connection, "Android's `fastboot`", peer, peer))
}

fn row(connection: &str, client: &str, rate: f64, peer: f64) -> String {
    format!(
        "| {connection} | {client} | {rate:.1} | {:.2} |\n",
        rate / peer
    )
}

/// The rate of a download in MB/s, with the start of a session.
fn rate(size: u64, send: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let started = Instant::now();
    send()?;
    Ok(size as f64 / 1e6 / started.elapsed().as_secs_f64())
}

fn send(port: u16, image: &Path) -> anyhow::Result<()> {
    let device: Address = format!("127.0.0.1:{port}").parse()?;
    let transport = UdpTransport::connect(&device, UdpLimits::default())?;
    let mut client = Client::new(transport, Limits::default(), |_| {});
    let mut image = File::open(image)?;
    let size = image.metadata()?.len();
    Ok(client.download(&mut image, size)?)
}

/// Android's client has no command that downloads and does nothing else, but one that has the device keep the data for the next command.
fn send_with_peer(port: u16, image: &Path) -> anyhow::Result<()> {
    let mut command = Command::new("fastboot");
    command.args(["-s", &format!("udp:127.0.0.1:{port}"), "stage"]);
    let output = command.arg(image).stdin(Stdio::null()).output();
    let output = output.context("fastboot")?;
    let message = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "fastboot: {}: {message}",
        output.status
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_rates_and_ratios() {
        assert_eq!(row("x", "y", 12.34, 10.0), "| x | y | 12.3 | 1.23 |\n");
    }
}
