//! Boots a kernel and an initramfs, or firmware, in QEMU, follows the serial console, and checks the
//! machine's behavior against a test description.
//!
//! The machines are emulated, without the help of the CPU, so that they behave the same on every
//! host. They have one virtual CPU, and no firmware settings of their own. Only those that start
//! with firmware have a network.
//!
//! [`VmConfig`] describes what to boot, [`VmConfig::start`] starts it, and [`Vm::next_event`] waits
//! for its next event. [`run_test`] runs a test from its description.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod config;
mod dialog;
mod disk;
mod log;
mod machine;
mod port;
mod run;
mod spec;
mod transcript;
mod vm;

use std::path::Path;

pub use config::{Boot, VmConfig};
pub use machine::Machine;
pub use transcript::Transcript;
pub use vm::{ClientExit, Event, Vm};

/// Runs the test that the JSON file `spec` describes, and returns a one-line summary for its log.
///
/// The serial console is copied to standard output, and to `serial.log` in
/// `TEST_UNDECLARED_OUTPUTS_DIR` if that is set, as in Bazel tests.
///
/// # Errors
/// The test failed, or the machine could not be run; the message is one line.
pub fn run_test(spec: &Path) -> Result<String, String> {
    let spec = spec::read(spec)?;
    let verdict = run::run(&spec);
    match (&spec.fails_with, verdict) {
        (None, verdict) => verdict,
        (Some(text), Err(message)) if message.contains(text) => {
            Ok(format!("failed as expected: {message}"))
        }
        (Some(text), verdict) => Err(format!("expected a failure with {text:?}, got {verdict:?}")),
    }
}
