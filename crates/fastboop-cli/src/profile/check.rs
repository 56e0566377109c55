//! `fastboop profile check`: checks files.

use std::path::PathBuf;

use clap::Args;
use cli_main::Errors;
use device_profiles::read;

/// The arguments of `fastboop profile check`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fastboop profile check ~/.config/fastboop/devpro/*.yaml

Each mistake is a line on standard error: FILE:LINE:COLUMN: what is wrong.")]
pub struct Arguments {
    /// The files; the first mistake in each is reported
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Checks the files, and fails with the mistakes in all of them.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let errors = arguments.files.iter().filter_map(|path| read(path).err());
    Ok(Errors::check(errors)?)
}
