//! Tests of the root over USB, in a VM whose `dummy_hcd` connects a gadget of the VM with the VM itself, so that it is phone and host.
//!
//! The program is both sides of a test. As `wrapper`, PID 1 of the initramfs, it starts the host side and executes the real stage0. As
//! `init`, PID 1 of the root that stage0 boots over USB, it reads, and compares what it read. The host side serves the image, causes
//! faults, and requires that reading goes on.

mod aligned;
mod cable;
mod console;
mod disk;
mod faults;
mod gadget;
mod host;
mod host_side;
mod init;
mod kmsg;
mod link;
mod load;
mod memory;
mod nbd;
mod parameters;
mod pattern;
mod processes;
mod rates;
mod reads;
mod reference;
mod role;
mod smoo_gadget;
mod usbip;
mod wait;
mod wrapper;

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            kmsg::log(format_args!("failed: {error:#}"));
            if std::process::id() == 1 {
                init::power_off();
            }
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> anyhow::Result<()> {
    let program = arguments.first().map(Path::new);
    let name = program.and_then(Path::file_name).unwrap_or_default();
    if std::process::id() == 1 {
        // Its arguments are the kernel's.
        return match name.to_str() {
            Some("wrapper") => wrapper::run(arguments.get(1..).unwrap_or_default()),
            _ => init::run(),
        };
    }
    let words: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    match words.as_slice() {
        ["host-side"] => host_side::enter(),
        ["serve"] => host_side::run(),
        ["nbd-server"] => nbd::serve(),
        ["service"] => init::run_service(),
        ["eat-memory"] => memory::eat(),
        ["make-data", path, size] => pattern::write(Path::new(path), size.parse()?),
        _ => bail!("unrecognized arguments: {words:?}"),
    }
}
