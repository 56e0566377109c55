//! `generate`: writes the SHA256SUMS of all files in a directory.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use cli_main::Errors;
use fastboop_files::{Sums, file};

use crate::directory;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The directory, which must contain only regular files
    directory: PathBuf,
    /// The list to write, usually DIRECTORY/SHA256SUMS: `verify` looks for the files in the
    /// directory of the list. It does not list itself, and does not change on failure
    #[arg(short, long, value_name = "SHA256SUMS")]
    output: PathBuf,
}

/// Writes the list, unless any file cannot be listed. Returns a summary.
pub fn run(Arguments { directory, output }: &Arguments) -> Result<String> {
    let names = directory::names(directory, output)?;
    ensure!(
        !names.is_empty(),
        "{directory:?}: no files in this directory; put the release's files there first"
    );
    let mut errors = Vec::new();
    let mut sums = Sums::default();
    for name in names {
        match directory::digest(&directory.join(&name)) {
            Ok(digest) => sums.insert(name, digest),
            Err(error) => errors.push(error),
        }
    }
    Errors::check(errors)?;
    file::write_atomic(output, &sums.to_bytes(), false)?;
    Ok(format!("{}: lists {} files", output.display(), sums.len()))
}
