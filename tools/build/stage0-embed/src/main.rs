//! Bazel's embed step: checks one stage0 artifact and hands it on.
//!
//! The copy is what `fastboop-stage0-generator` includes. With Cargo the same function of the same
//! library is called by that crate's build script.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use stage0_artifact::{Target, prepare};

/// Checks that INPUT is a stage0 (an ELF program for the right machine, static or static-pie) and
/// copies it to OUTPUT. Prints nothing when all is well.
#[derive(Debug, Parser)]
#[command(name = "stage0-embed", version)]
struct Arguments {
    /// The target of INPUT. Without this it is read from the file's name, if that is a release asset's, else it
    /// is aarch64-unknown-linux-musl
    #[arg(long, value_name = "TRIPLE")]
    target: Option<Target>,
    /// The stage0 artifact
    input: PathBuf,
    /// Where the checked copy goes; replaced as a whole, or not touched on failure
    output: PathBuf,
}

fn main() -> ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    prepare(&arguments.input, arguments.target, &arguments.output)?;
    Ok(())
}
