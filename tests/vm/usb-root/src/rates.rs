//! Measures the root over USB, for `bench usb-root`: rates, and what the processes of both sides cost.

use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::aligned::Aligned;
use crate::disk::{open_direct, size};
use crate::gadget::UBLK;
use crate::pattern::{self, BLOCK};
use crate::wait::LONG;
use crate::{cable, kmsg, processes};

const PASSES: u64 = 4;
const RANDOM_READS: u64 = 1000;
const IDLE: Duration = Duration::from_secs(30);
const RECONNECTS: usize = 5;
/// How long the cable is out.
const OUT: Duration = Duration::from_secs(1);

/// Measures, and logs a line `rate: <name> <value>` for each value.
pub fn measure(device: &Path) -> anyhow::Result<()> {
    let mut file = open_direct(device)?;
    let size = size(&mut file)?;
    let mut buffer = Aligned::new(1 << 20);
    measure_cpu("sequential", PASSES * size, || {
        for offset in (0..PASSES * size).step_by(1 << 20) {
            let offset = offset % size;
            let length = usize::try_from(size - offset)?.min(1 << 20);
            file.read_exact_at(&mut buffer.bytes()[..length], offset)?;
        }
        Ok(())
    })?;
    let mut state = 1;
    measure_cpu("random", RANDOM_READS * BLOCK as u64, || {
        for _ in 0..RANDOM_READS {
            let block = pattern::next(&mut state) % (size / BLOCK as u64);
            file.read_exact_at(&mut buffer.bytes()[..BLOCK], block * BLOCK as u64)?;
        }
        Ok(())
    })?;
    measure_idle()?;
    // A network block device does not connect again by itself.
    if device != Path::new(UBLK) {
        return Ok(());
    }
    for _ in 0..RECONNECTS {
        measure_reconnect(device)?;
    }
    Ok(())
}

fn log(name: &str, value: f64) {
    kmsg::log(format_args!("rate: {name} {value:.6}"));
}

/// Logs megabytes a second, and the CPU seconds for a gigabyte, of each side's processes and of the whole machine.
fn measure_cpu(
    name: &str,
    bytes: u64,
    read: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (before, machine_before) = (processes::cpu()?, processes::machine_cpu()?);
    let began = Instant::now();
    read().context("a direct read")?;
    let seconds = began.elapsed().as_secs_f64();
    let (after, machine_after) = (processes::cpu()?, processes::machine_cpu()?);
    let megabytes = bytes as f64 / 1e6;
    log(name, megabytes / seconds);
    let per_gigabyte = |before: f64, after: f64| (after - before) / megabytes * 1e3;
    log(
        &format!("{name}-device"),
        per_gigabyte(before.device, after.device),
    );
    log(
        &format!("{name}-host"),
        per_gigabyte(before.host, after.host),
    );
    log(
        &format!("{name}-machine"),
        per_gigabyte(machine_before, machine_after),
    );
    Ok(())
}

/// Logs how often a second the threads of each side wake up while nobody reads.
fn measure_idle() -> anyhow::Result<()> {
    let before = processes::switches()?;
    thread::sleep(IDLE);
    let after = processes::switches()?;
    let seconds = IDLE.as_secs_f64();
    log("idle-device", (after.device - before.device) / seconds);
    log("idle-host", (after.host - before.host) / seconds);
    Ok(())
}

/// Logs the seconds from the connection of the cable to the end of a read; infinity if it does not end.
fn measure_reconnect(device: &Path) -> anyhow::Result<()> {
    cable::set_connected(false)?;
    let file = open_direct(device)?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = Aligned::new(BLOCK);
        let _ = sender.send(file.read_exact_at(buffer.bytes(), 0));
    });
    thread::sleep(OUT);
    cable::set_connected(true)?;
    let began = Instant::now();
    match receiver.recv_timeout(LONG) {
        Ok(result) => {
            result.context("the read after the cable was connected")?;
            log("reconnect", began.elapsed().as_secs_f64());
        }
        Err(_) => log("reconnect", f64::INFINITY),
    }
    Ok(())
}
