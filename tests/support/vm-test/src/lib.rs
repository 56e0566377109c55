//! Boots a kernel and an initramfs in QEMU, follows the serial console, and decides whether the
//! machine did what a test expects.
//!
//! The machines are emulated, without the help of the CPU, so that they behave the same wherever
//! they run. They have one virtual CPU, no network, and no firmware settings of their own.
//!
//! [`Boot`] describes a machine, [`Boot::start`] switches it on, and [`Vm::next_event`] waits for its
//! next event. [`run_test`] does the whole for a test that a file describes.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod boot;
mod disk;
mod machine;
mod run;
mod spec;
mod transcript;
mod vm;

use std::path::Path;

pub use boot::Boot;
pub use machine::Machine;
pub use vm::{Event, Vm};

/// Runs the test that the JSON file `spec` describes, and returns a line for its log.
///
/// The serial console goes to standard output, and to `serial.log` in `TEST_UNDECLARED_OUTPUTS_DIR`
/// where that is set, as in Bazel tests.
///
/// # Errors
/// What the machine did wrong, or why it could not be run, in one line.
pub fn run_test(spec: &Path) -> Result<String, String> {
    let spec = spec::read(spec)?;
    let verdict = run::run(&spec);
    match (&spec.fails_with, verdict) {
        (None, verdict) => verdict,
        (Some(text), Err(message)) if message.contains(text) => {
            Ok(format!("fails as expected: {message}"))
        }
        (Some(text), verdict) => Err(format!("expected a failure with {text:?}, got {verdict:?}")),
    }
}
