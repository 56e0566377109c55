//! `fastboop man`: the manual pages, for those who make packages.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Args, Command};

/// What `fastboop man` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fastboop man /usr/share/man/man1")]
pub struct Arguments {
    /// The directory to write them into, one for each subcommand; what is there under their names is replaced
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
