//! fastboop's stage0: PID 1 of the initramfs that a device is booted with.
//!
//! It mounts a root that can be written to, although the device never is, and becomes the
//! distribution's init. See [`init`] for what happens in which order.
//!
//! Started as any other process it only says what it is, see [`cli`].
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

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    // A question is answered as PID 1 too: that is what it is when a container runs it to see
    // whether it starts. No boot loader asks one by accident.
    if std::process::id() == 1 && !cli::is_question(&arguments) {
        init::run()
    }
    cli::to(&arguments).print()
}
