//! Bazel's embed step: validates a stage0 artifact and copies it.
//!
//! `fastboop-stage0-generator` includes the copy. With Cargo, the build script of that crate calls the
//! same library function.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use stage0_artifact::{Target, prepare};

/// Check that INPUT is a stage0 (an ELF program for its target, static or static-pie) and copy it to
/// OUTPUT. Prints nothing on success, except for a warning if INPUT has no metadata of a stage0.
#[derive(Debug, Parser)]
#[command(name = "stage0-embed", version)]
struct Arguments {
    /// The target of INPUT. The default is the target in its name, if that is a release asset's,
    /// otherwise aarch64-unknown-linux-musl
    #[arg(long, value_name = "TRIPLE")]
    target: Option<Target>,
    /// The stage0 artifact
    input: PathBuf,
    /// The copy, another file than INPUT. It is replaced atomically, and unchanged on failure
    output: PathBuf,
}

fn main() -> ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let artifact = prepare(&arguments.input, arguments.target, &arguments.output)?;
    if let Some(warning) = artifact.metadata_warning(&arguments.input) {
        cli_main::warning(warning);
    }
    Ok(())
}
