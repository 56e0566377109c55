//! Assembles a release on this machine, prints what publishing it takes, and verifies one.
//! docs/release.md has the assets and the steps.

mod archive;
mod assemble;
mod assets;
mod checkout;
mod declared;
mod digests;
mod graph;
mod plan;
mod program;
mod sbom;
mod signature;
mod verify;
mod version;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::checkout::Checkout;
use crate::plan::Plan;
use crate::version::{Format, Version};

/// Assemble, plan and verify a release of fastboop. Publishes nothing.
#[derive(Debug, Parser)]
#[command(name = "release", version, arg_required_else_help = true)]
#[command(after_help = "Examples:
  release assemble --version 1.2.3 --out dist     the whole release, in dist/
  release plan --version 1.2.3                    what publishing it takes, in order
  release verify dist --key dist.pub              whether it is complete and consistent
  release version --format deb 1.2.3-rc.1         1.2.3~rc1
  release set-version 1.2.3-rc.1                  so that it can be assembled and tagged

Exit code: 0 success, 1 failure (each problem is one line that names the file), 2 usage error.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a release's directory from this checkout
    #[command(alias = "rehearse")]
    Assemble(assemble::Arguments),
    /// Print what publishing takes, step by step
    Plan {
        /// X.Y.Z or X.Y.Z-rc.N
        #[arg(long)]
        version: Version,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Verify a release's directory
    Verify {
        /// The directory of the release's assets
        directory: PathBuf,
        /// The public key (PEM) that has to have signed SHA256SUMS. Without one the signature is not
        /// verified, which is a warning
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
    },
    /// Print a version in the format of a kind of package
    Version {
        /// The format
        #[arg(long, value_enum)]
        format: Format,
        /// X.Y.Z or X.Y.Z-rc.N
        version: Version,
    },
    /// Write a version to every file of the sources that declares one
    SetVersion {
        /// X.Y.Z or X.Y.Z-rc.N
        version: Version,
    },
}

fn main() -> ExitCode {
    cli_main::run(|arguments: Arguments| cli_main::print(run(arguments.command)?))
}

/// Runs `command`, and returns what it prints.
fn run(command: Command) -> Result<String> {
    match command {
        Command::Assemble(arguments) => assemble::run(&arguments),
        Command::Plan { version, json } => {
            let plan = Plan::of_checkout(&Checkout::find(Path::new("."), true)?, &version, true)?;
            Ok(if json {
                plan.to_json()?
            } else {
                plan.to_string()
            })
        }
        Command::Verify { directory, key } => verify::run(&directory, key.as_deref()),
        Command::Version { format, version } => Ok(format!("{}\n", version.in_format(format))),
        Command::SetVersion { version } => {
            declared::set(&Checkout::find(Path::new("."), true)?.top, &version)?;
            Ok(format!("the sources declare {version} now; commit that\n"))
        }
    }
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
