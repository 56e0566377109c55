//! Assembles a release on this machine, prints the plan of publishing it, and verifies it.
//! docs/release.md describes the assets and the steps.

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
  release set-version 1.2.3-rc.1                  declare the version in the sources
  release assemble --version 1.2.3 --out dist     write the whole release to dist/
  release verify dist --key dist.pub              verify that it is complete and consistent
  release plan --version 1.2.3                    print the steps of publishing it
  release version --format deb 1.2.3-rc.1         print 1.2.3~rc1

Exit code: 0 on success, 1 on failure (one line for each problem, with the file), 2 for a usage error.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Assemble a release from this checkout
    #[command(alias = "rehearse")]
    Assemble(assemble::Arguments),
    /// Print the steps of publishing a release
    Plan {
        /// The version, X.Y.Z or X.Y.Z-rc.N
        #[arg(long)]
        version: Version,
        /// Print the plan as JSON
        #[arg(long)]
        json: bool,
    },
    /// Verify the directory of a release
    Verify {
        /// The directory with the assets of the release
        directory: PathBuf,
        /// The public key, in PEM format, of the signature. Without it the signature is not verified
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
    },
    /// Print a version in another format, such as that of a package
    Version {
        /// The format to print
        #[arg(long, value_enum)]
        format: Format,
        /// The version, X.Y.Z or X.Y.Z-rc.N
        version: Version,
    },
    /// Write a version to every file in the sources that declares one
    SetVersion {
        /// The version, X.Y.Z or X.Y.Z-rc.N
        version: Version,
    },
}

fn main() -> ExitCode {
    cli_main::run(|arguments: Arguments| cli_main::print(run(arguments.command)?))
}

/// Runs `command`. Returns the text to print.
fn run(command: Command) -> Result<String> {
    match command {
        Command::Assemble(arguments) => assemble::run(&arguments),
        Command::Plan { version, json } => {
            let checkout = Checkout::find(Path::new("."), true)?;
            let plan = Plan::from_checkout(&checkout, &version, true)?;
            if let Err(error) = checkout.check_tag(&plan.tag) {
                cli_main::warning(error);
            }
            Ok(if json {
                plan.to_json()?
            } else {
                plan.to_text(Path::new(assemble::DEFAULT_OUT))
            })
        }
        Command::Verify { directory, key } => verify::run(&directory, key.as_deref()),
        Command::Version { format, version } => Ok(format!("{}\n", version.in_format(format))),
        Command::SetVersion { version } => {
            declared::set(&Checkout::find(Path::new("."), true)?.top, &version)?;
            Ok(format!("the sources declare {version}; commit them\n"))
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
