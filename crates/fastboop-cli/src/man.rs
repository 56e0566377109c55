//! `fastboop man`: writes the manual pages, for distribution packages.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Args, Command};

/// The arguments of `fastboop man`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fastboop man /usr/share/man/man1")]
pub struct Arguments {
    /// The directory to write the manual pages to, one for each subcommand; existing ones are replaced
    directory: PathBuf,
}

/// Writes the pages, in roff (`man 7 man`).
pub fn run(arguments: &Arguments, command: Command) -> anyhow::Result<()> {
    let command = command.disable_help_subcommand(true);
    let directory = &arguments.directory;
    clap_mangen::generate_to(command, directory).map_err(|error| {
        anyhow!(
            "{}: cannot write the manual pages: {error}; name a directory that exists",
            directory.display()
        )
    })
}
