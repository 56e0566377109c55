//! Makes a release on this machine, says what publishing it takes, and checks one.
//!
//! This file says what can be typed, prints what came of it and decides the exit code: 0 done, 1
//! failed, 2 not understood. docs/release.md has the assets and the steps.

mod archive;
mod assets;
mod checkout;
mod declared;
mod digests;
mod graph;
mod plan;
mod program;
mod provenance;
mod rehearse;
mod sbom;
mod signature;
mod verify;
mod version;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::checkout::Checkout;
use crate::version::{Format, Version};

/// Makes, plans and checks a release of fastboop. Publishes nothing.
#[derive(Debug, Parser)]
#[command(name = "release", version, arg_required_else_help = true)]
#[command(after_help = "Examples:
  release rehearse --version 1.2.3 --out dist     the whole release, in dist/
  release plan --version 1.2.3                    what publishing it takes, in order
  release verify dist --key dist.pub              whether it is whole and what it says
  release version --format deb 1.2.3-rc.1         1.2.3~rc1
  release set-version 1.2.3-rc.1                  so that it can be rehearsed and tagged

Exit code: 0 done, 1 failed (each failure is one line that names the file), 2 not understood.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a release's directory from this checkout
    Rehearse(rehearse::Arguments),
    /// Say what publishing takes, step by step
    Plan(PlanArguments),
    /// Check a release's directory
    Verify(VerifyArguments),
    /// Print a version as a kind of package writes it
    Version(VersionArguments),
    /// Write a version everywhere that the sources declare it
    SetVersion(SetVersionArguments),
}

#[derive(Debug, clap::Args)]
struct PlanArguments {
    /// X.Y.Z or X.Y.Z-rc.N
    #[arg(long)]
    version: Version,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct VerifyArguments {
    /// The directory that the release's assets are in
    directory: PathBuf,
    /// The public key (PEM) that SHA256SUMS has to be signed with; without it the signature is not
    /// checked, which a warning says
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct VersionArguments {
    /// Who reads it
    #[arg(long, value_enum)]
    format: Format,
    /// X.Y.Z or X.Y.Z-rc.N
    version: Version,
}

#[derive(Debug, clap::Args)]
struct SetVersionArguments {
    /// X.Y.Z or X.Y.Z-rc.N
    version: Version,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(text) => finish(&text),
        Err(problems) => {
            for problem in problems {
                tell(&format!("error: {problem}"));
            }
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<String, Vec<String>> {
    let one = |error: anyhow::Error| vec![format!("{error:#}")];
    match command {
        Command::Rehearse(arguments) => rehearse::run(&arguments),
        Command::Plan(PlanArguments { version, json }) => {
            rehearse::plan(&version, true, json).map_err(one)
        }
        Command::Verify(arguments) => {
            let report = verify::run(&arguments.directory, arguments.key.as_deref())?;
            for warning in &report.warnings {
                tell(&format!("warning: {warning}"));
            }
            Ok(format!("{}\n", report.summary))
        }
        Command::Version(VersionArguments { format, version }) => {
            Ok(format!("{}\n", version.in_format(format)))
        }
        Command::SetVersion(SetVersionArguments { version }) => set_version(&version).map_err(one),
    }
}

fn set_version(version: &Version) -> anyhow::Result<String> {
    let checkout = Checkout::find(Path::new("."), true)?;
    declared::set(&checkout.top, version)?;
    Ok(format!("the sources declare {version}; commit that\n"))
}

/// Prints a line on standard error. Nothing can be done where that fails.
fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Prints the result. A reader that closed the pipe has seen enough; any other failure counts.
fn finish(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            tell(&format!("error: cannot write to standard output: {error}"));
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
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
