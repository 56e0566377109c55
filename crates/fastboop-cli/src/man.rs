//! `fastboop man`: the manual pages, for those who make packages.

use std::path::PathBuf;

use clap::{Args, CommandFactory};

use crate::Error;

/// What `fastboop man` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fastboop man /usr/share/man/man1")]
pub struct Arguments {
    /// The directory to write them into, one for each subcommand; what is there under their names is replaced
    directory: PathBuf,
}

/// Writes the pages, in roff (`man 7 man`).
pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let command = crate::Arguments::command().disable_help_subcommand(true);
    let directory = &arguments.directory;
    clap_mangen::generate_to(command, directory).map_err(|error| Error::Man {
        directory: directory.clone(),
        error,
    })
}
