//! Writes and verifies the checksums of a release: `SHA256SUMS`, which lists all its files, the
//! sidecar of one artifact, and the digest of the files that stage0 is built from.

mod directory;
mod generate;
mod inputs;
mod sidecar;
mod stdio;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Write and verify the checksums of a release.
///
/// SHA256SUMS has the format of coreutils' sha256sum: `sha256sum --check` accepts the lists of
/// `generate`, and `verify` accepts those of sha256sum.
#[derive(Debug, Parser)]
#[command(name = "stage0-checksums", version, arg_required_else_help = true)]
#[command(after_help = "Examples:
  List the files of a release, which are in one directory:
    stage0-checksums generate dist -o dist/SHA256SUMS
  Verify them, with this program or without:
    stage0-checksums verify dist/SHA256SUMS --require fastboop-stage0-aarch64-unknown-linux-musl
    cd dist && sha256sum --check SHA256SUMS
  Verify some of them, without output unless one differs:
    stage0-checksums verify --ignore-missing --quiet SHA256SUMS
  Record the digest that a Cargo build requires of its download:
    stage0-checksums write-sidecar --artifact dist/fastboop-stage0-aarch64-unknown-linux-musl \\
      --sidecar crates/fastboop-stage0-generator/stage0-aarch64.sha256sum

Exit code: 0 on success, 1 on failure (one line for each problem, with the file), 2 for a usage error.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List all files of a directory in a SHA256SUMS
    Generate(generate::Arguments),
    /// Verify the files that a SHA256SUMS lists
    Verify(verify::Arguments),
    /// Validate a stage0 artifact and write its digest to a sidecar file
    #[command(alias = "bake")]
    WriteSidecar(sidecar::Arguments),
    /// Validate a stage0 artifact and compare it with a sidecar file
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
    cli_main::print(text)
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
