//! The checksums of a release: `SHA256SUMS` over all its files, and the sidecar of one artifact.
//!
//! This file says what can be typed; each subcommand does its work in a module of its own and
//! returns what to print or everything that is wrong. What is printed and which exit code the
//! process ends with is decided here alone: 0 all holds, 1 something failed, 2 not understood.

mod directory;
mod error;
mod generate;
mod hash;
mod parallel;
mod sidecar;
mod verify;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::Error;

/// Writes and checks the checksums of a release.
///
/// SHA256SUMS has the format of coreutils' sha256sum: `sha256sum -c SHA256SUMS` accepts what
/// `generate` writes, and `verify` accepts what sha256sum wrote.
#[derive(Debug, Parser)]
#[command(name = "stage0-checksums", version, arg_required_else_help = true)]
#[command(after_help = "Examples:
  A release, in a directory of its own (flat: no directories, no symbolic links):
    stage0-checksums generate dist -o dist/SHA256SUMS
    stage0-checksums verify dist/SHA256SUMS --require fastboop-stage0-aarch64-unknown-linux-musl
  Without this program:
    cd dist && sha256sum -c SHA256SUMS
  The digest that a Cargo build compares its download with:
    stage0-checksums bake --artifact dist/fastboop-stage0-aarch64-unknown-linux-musl \\
      --sidecar crates/fastboop-stage0-generator/stage0-aarch64.sha256sum

Exit code: 0 all holds, 1 something failed (each failure is one line that names the file),
2 the command line was not understood.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the SHA256SUMS of every file in a directory
    Generate(generate::Arguments),
    /// Check the files that a SHA256SUMS lists; they are in the directory that it is in
    Verify(verify::Arguments),
    /// Check a stage0 artifact and write its digest into a sidecar
    Bake(sidecar::Arguments),
    /// Check a stage0 artifact and compare it with its sidecar
    CheckSidecar(sidecar::Arguments),
}

/// What a subcommand that succeeded has to say.
#[derive(Debug)]
struct Report {
    /// For standard error: what is no failure, but should be seen.
    warnings: Vec<String>,
    /// For standard output: what was done, in one line.
    summary: String,
}

/// What a subcommand that failed has to say, for standard error.
#[derive(Debug)]
struct Failure {
    warnings: Vec<String>,
    /// Everything that is wrong: at least one.
    errors: Vec<Error>,
}

impl From<String> for Report {
    fn from(summary: String) -> Self {
        let warnings = Vec::new();
        Report { warnings, summary }
    }
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure {
            warnings: Vec::new(),
            errors: vec![error.into()],
        }
    }
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Bake(arguments) => sidecar::bake(&arguments),
        Command::CheckSidecar(arguments) => sidecar::check(&arguments),
    };
    match result {
        Ok(report) => {
            tell("warning", report.warnings);
            finish(&report.summary)
        }
        Err(failure) => {
            tell("warning", failure.warnings);
            tell("error", failure.errors);
            ExitCode::FAILURE
        }
    }
}

/// Prints the last line. A reader that closed the pipe has seen enough; any other failure counts.
fn finish(summary: &str) -> ExitCode {
    match writeln!(io::stdout(), "{summary}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            tell("error", [Error::Output(error)]);
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

/// One line each on standard error. If that fails there is nobody left to tell.
fn tell<T: std::fmt::Display>(kind: &str, lines: impl IntoIterator<Item = T>) {
    let mut stderr = io::stderr().lock();
    for line in lines {
        let _ = writeln!(stderr, "{kind}: {line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Arguments::command().debug_assert();
    }
}
