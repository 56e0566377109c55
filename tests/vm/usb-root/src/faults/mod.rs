//! What goes wrong while the root is read. After each fault, reading has to go on, with the right data.

mod control;
mod endpoints;
mod junk;
mod other_image;
mod server;
mod suspend;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::host::Host;
use crate::host_side::IMAGE;
use crate::kmsg::log;
use crate::link::Link;
use crate::wait::LONG;
use crate::{cable, memory, parameters};

/// Host and root, between which something goes wrong.
pub struct Setup {
    pub host: Host,
    pub root: Link,
    /// The SHA-256 digest of the image, in hexadecimal.
    pub digest: String,
}

impl Setup {
    /// Reads all data, directly and buffered.
    pub fn check(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        self.root.order(&format!("check {}", self.digest), LONG)?;
        let seconds = began.elapsed().as_secs_f32();
        let digest = &self.digest;
        log(format_args!(
            "read twice, with the right SHA-256 {digest}: {seconds:.1} s"
        ));
        Ok(())
    }

    /// Serves the image.
    pub fn start_host(&mut self) -> anyhow::Result<()> {
        self.host.start(Path::new(IMAGE))
    }

    /// Waits until reading goes on, and returns for how long it did not.
    fn wait_for_reads(&mut self) -> anyhow::Result<Duration> {
        let began = Instant::now();
        self.root.order("progress", LONG)?;
        Ok(began.elapsed())
    }
}

/// One kind of fault: its name, how often it happens, and what happens each time; `number` counts.
pub struct Fault {
    name: &'static str,
    times: usize,
    cause: fn(setup: &mut Setup, number: usize) -> anyhow::Result<()>,
}

const fn fault(
    name: &'static str,
    times: usize,
    cause: fn(&mut Setup, usize) -> anyhow::Result<()>,
) -> Fault {
    Fault { name, times, cause }
}

/// The host restarts: what every pair of programs has to survive.
pub const RESTARTS: &[Fault] = &[fault("host killed", 5, kill_host)];

/// The cable is pulled: for two machines.
pub const PULLS: &[Fault] = &[fault("cable pulled", 5, pull_cable)];

pub const ALL: &[Fault] = &[
    fault("host killed", 20, kill_host),
    fault("cable pulled", 20, pull_cable),
    fault("other image", 2, other_image::serve),
    fault("garbage on the endpoints", 3, endpoints::send_garbage),
    fault("garbage in control requests", 3, control::send_garbage),
    fault("server killed", 5, server::kill),
    fault("memory exhausted", 3, |_, _| memory::exhaust()),
    fault("suspended", 2, suspend::attempt),
];

/// Causes faults during a load, then reads all data once more.
pub fn run(setup: &mut Setup, faults: &[Fault]) -> anyhow::Result<()> {
    let limit = Duration::from_secs(parameters::get("limit", "5")?.parse()?);
    let only = parameters::get("only", "")?;
    let is_wanted = |fault: &&Fault| only.split(',').any(|part| fault.name.contains(part));
    setup.root.order("load", LONG)?;
    setup.wait_for_reads()?;
    for fault in faults.iter().filter(is_wanted) {
        let mut delays = Vec::new();
        for number in 0..fault.times {
            (fault.cause)(setup, number)?;
            let delay = setup.wait_for_reads()?;
            log(format_args!(
                "{} {}: reads after {:.2} s",
                fault.name,
                number + 1,
                delay.as_secs_f32()
            ));
            delays.push(delay);
        }
        report(fault, delays, limit)?;
    }
    let read = setup.root.order("stop", LONG)?;
    log(format_args!("{read} read under load"));
    setup.check()
}

fn report(fault: &Fault, mut delays: Vec<Duration>, limit: Duration) -> anyhow::Result<()> {
    delays.sort();
    let median = delays[delays.len() / 2];
    let longest = delays[delays.len() - 1];
    log(format_args!(
        "passed: {}, {} times: reads after {:.2} s at the median, {:.2} s at most",
        fault.name,
        fault.times,
        median.as_secs_f32(),
        longest.as_secs_f32()
    ));
    let (name, limit_seconds) = (fault.name, limit.as_secs());
    ensure!(
        longest <= limit,
        "{name}: reads after more than {limit_seconds} s"
    );
    Ok(())
}

fn kill_host(setup: &mut Setup, _: usize) -> anyhow::Result<()> {
    setup.host.kill()?;
    setup.start_host()
}

/// For how long the cable is out, in milliseconds: mostly short, as what goes wrong does so when it is pulled and connected.
const OUT: [u64; 20] = [
    100, 100, 100, 200, 200, 300, 300, 400, 500, 500, 700, 700, 1000, 1000, 1500, 2000, 3000, 5000,
    10_000, 30_000,
];

fn pull_cable(_: &mut Setup, number: usize) -> anyhow::Result<()> {
    cable::set_connected(false)?;
    // The fault itself, not a guess how long something takes.
    thread::sleep(Duration::from_millis(OUT[number % OUT.len()]));
    cable::set_connected(true)
}
