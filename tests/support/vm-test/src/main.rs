//! `vm-test`: boots a machine in QEMU and checks its behavior against a test description, a JSON
//! file that `vm_test.bzl` writes for a Bazel test.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::Parser;

/// Boot a machine in QEMU and check its behavior against a test description.
///
/// The serial console is copied to standard output, and to serial.log in TEST_UNDECLARED_OUTPUTS_DIR
/// if that is set, as in Bazel tests.
#[derive(Parser)]
#[command(name = "vm-test", version)]
struct Arguments {
    /// The description of the test, a JSON file
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
}

fn main() -> ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    match vm_test::run_test(&arguments.spec) {
        Ok(report) => cli_main::print(format!("\nvm-test: {report}\n")),
        Err(message) => {
            // The console may have stopped in the middle of a line.
            cli_main::note("");
            bail!(message)
        }
    }
}
