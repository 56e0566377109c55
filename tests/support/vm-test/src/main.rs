//! `vm-test`: boots a machine in QEMU as a file describes it, and decides whether it did what a
//! test expects. `vm_test.bzl` writes the file and makes a Bazel test of it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::Parser;

/// Boot a machine in QEMU and decide whether it did what a test expects.
///
/// Its serial console goes to standard output, and to serial.log in TEST_UNDECLARED_OUTPUTS_DIR
/// where that is set, as in Bazel tests.
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
            // The console can have ended within a line.
            cli_main::note("");
            bail!(message)
        }
    }
}
