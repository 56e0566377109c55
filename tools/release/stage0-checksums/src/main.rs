//! The checksums of a release: `SHA256SUMS` over all its files, the sidecar of one artifact, and the
//! digest of what stage0 is built from.

mod directory;
mod generate;
mod inputs;
mod sidecar;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Write and verify the checksums of a release.
///
/// SHA256SUMS has the format of coreutils' sha256sum: `sha256sum -c SHA256SUMS` accepts what
/// `generate` writes, and `verify` accepts what sha256sum writes.
#[derive(Debug, Parser)]
#[command(name = "stage0-checksums", version, arg_required_else_help = true)]
#[command(after_help = "Examples:
  A release, in a directory of its own (flat: no directories, no symbolic links):
    stage0-checksums generate dist -o dist/SHA256SUMS
    stage0-checksums verify dist/SHA256SUMS --require fastboop-stage0-aarch64-unknown-linux-musl
  Without this program:
    cd dist && sha256sum -c SHA256SUMS
  The digest that a Cargo build compares its download with:
    stage0-checksums write-sidecar --artifact dist/fastboop-stage0-aarch64-unknown-linux-musl \\
      --sidecar crates/fastboop-stage0-generator/stage0-aarch64.sha256sum

Exit code: 0 success, 1 failure (each problem is one line that names the file), 2 usage error.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the SHA256SUMS of every file in a directory
    Generate(generate::Arguments),
    /// Verify the files that a SHA256SUMS lists, which lie beside it
    Verify(verify::Arguments),
    /// Validate a stage0 artifact and write its digest to a sidecar
    #[command(alias = "bake")]
    WriteSidecar(sidecar::Arguments),
    /// Validate a stage0 artifact and compare it with its sidecar
    CheckSidecar(sidecar::Arguments),
    /// Print the digest of the files that stage0 is built from
    Inputs(inputs::Arguments),
}

fn main() -> ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let text = match arguments.command {
        Command::Generate(arguments) => generate::run(&arguments)?,
        Command::Verify(arguments) => verify::run(&arguments)?,
        Command::WriteSidecar(arguments) => sidecar::write(&arguments)?,
        Command::CheckSidecar(arguments) => sidecar::check(&arguments)?,
        Command::Inputs(arguments) => inputs::run(&arguments)?,
    };
    cli_main::print(text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
