//! fastboop's stage0: PID 1 of the initramfs that a device is booted with.
//!
//! It mounts a writable root without ever writing to the device, and executes the distribution's
//! init. [`init`] lists the steps.
//!
//! Started as any other process it only identifies itself, see [`cli`]; but for the processes that it starts for a root over USB, see
//! [`usb_root`].
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod cli;
mod console;
mod device;
mod directory;
mod failure;
mod identity;
mod init;
mod init_program;
mod machine_id;
mod modules;
mod mounts;
mod root;
mod root_path;
mod settings;
mod switch_root;
mod usb_root;

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::process::id() != 1 && usb_root::is_requested() {
        return usb_root::run();
    }
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    // PID 1 responds to `--version` and the like too: a container that runs stage0 to see whether it
    // starts makes it PID 1. No boot loader passes these options by accident.
    if std::process::id() == 1 && !cli::is_request(&arguments) {
        init::run()
    }
    cli::respond(&arguments).print()
}
