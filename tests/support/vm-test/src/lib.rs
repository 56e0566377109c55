//! Boots a kernel and an initramfs in QEMU, follows the serial console, and checks the machine's
//! behavior against a test description.
//!
//! The machines are emulated, without the help of the CPU, so that they behave the same on every
//! host. They have one virtual CPU, no network, and no firmware settings of their own.
//!
//! [`VmConfig`] describes what to boot, [`VmConfig::start`] starts it, and [`Vm::next_event`] waits
//! for its next event. [`run_test`] runs a test from its description.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod config;
mod disk;
mod machine;
mod run;
mod spec;
mod transcript;
mod vm;

use std::path::Path;

pub use config::VmConfig;
pub use machine::Machine;
pub use vm::{Event, Vm};

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
