//! The root over USB: the device is a USB gadget and a block device whose data a host serves (docs/usb-root.md).
//!
//! PID 1 sets up the gadget and starts the [supervisor], a process of its own, which starts the [server]. Both outlive PID 1's switch
//! to the new root, and neither needs the initramfs or the root afterwards: their executable is in memory.

mod control;
mod controller;
mod descriptors;
mod gadget;
mod process;
mod report;
mod server;
mod shared;
mod supervisor;
mod transfer;

use std::fs;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use smoo_wire::Export;
use stage0_settings::Settings;

use crate::console::{Level, log};
use crate::failure::Failure;
use process::Role;
use report::Report;

pub use process::is_requested;

/// The name of the step in failures.
const STEP: &str = "usb";

/// Waits until a host serves the root, and returns the path of the block device.
pub fn wait_for(settings: &Settings) -> Result<PathBuf, Failure> {
    let failure = |cause: String| Failure::new(STEP, cause);
    // Until the supervisor has opened it too: the gadget ends when nobody has it open any more.
    let _control = gadget::create(settings).map_err(failure)?;
    if !Path::new("/dev/ublk-control").exists() {
        let cause = "/dev/ublk-control is missing; add the module ublk_drv to the initramfs";
        return Err(failure(cause.to_owned()));
    }
    let controller = controller::wait_for(settings.timeout).map_err(failure)?;
    let role = Role::Supervisor {
        controller: controller.clone(),
    };
    let mut supervisor =
        process::spawn(&role).map_err(|error| failure(format!("cannot run itself: {error}")))?;
    let text = "waiting for a host: connect the cable to it, and run there: fastboop serve IMAGE";
    log(Level::Info, &format!("usb: {controller}: {text}"));
    let reports = supervisor.stdout.take().map(BufReader::new);
    for report in report::read_all(reports) {
        match report {
            Report::Ready(number) => return Ok(PathBuf::from(format!("/dev/ublkb{number}"))),
            Report::Failed(cause) => return Err(failure(cause)),
            Report::Listening | Report::Image(_) => {}
        }
    }
    Err(failure("the server ended; see the kernel's log".to_owned()))
}

/// The supervisor or the server: what the process was started as.
pub fn run() -> ExitCode {
    let arguments = std::env::args_os().skip(1);
    match Role::from_arguments(arguments.filter_map(|argument| argument.into_string().ok())) {
        Some(Role::Supervisor { controller }) => supervisor::run(&controller),
        Some(Role::Server { start, image }) => server::run(start, image),
        None => ExitCode::from(2),
    }
}

/// The image that a host serves, and the number of the block device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    /// What the host said about it.
    pub export: Export,
    /// The device is `/dev/ublkb` and this number.
    pub number: u32,
}

/// Writes an attribute of sysfs, procfs or configfs.
fn write_attribute(path: &Path, value: &str) -> io::Result<()> {
    fs::write(path, value)
}
