//! `generate`: the SHA256SUMS of every file in a directory.

use std::path::PathBuf;

use stage0_artifact::{Sums, file};

use crate::error::Error;
use crate::{Report, directory, hash};

/// What can be said to `generate`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The directory: regular files and nothing else
    directory: PathBuf,
    /// Where the list goes, usually DIRECTORY/SHA256SUMS, because `verify` and `sha256sum -c` look
    /// for the files beside it; the list itself is not listed. Replaced as a whole, or not touched
    /// on failure
    #[arg(short, long, value_name = "SHA256SUMS")]
    output: PathBuf,
}

/// Writes the list, or nothing when any file cannot be listed.
pub fn run(arguments: &Arguments) -> Result<Report, Vec<Error>> {
    let Arguments { directory, output } = arguments;
    let mut names = directory::names(directory, output).map_err(|error| vec![error])?;
    if names.is_empty() {
        return Err(vec![Error::NoFiles(directory.clone())]);
    }
    // So that failures are told in the same order each time.
    names.sort();

    let mut errors = Vec::new();
    let mut sums = Sums::default();
    for (name, digest) in names.iter().zip(hash::files(directory, &names)) {
        match digest {
            Ok(digest) => sums.insert(name.clone(), digest),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    file::write_atomic(output, &sums.to_bytes(), false).map_err(|error| vec![error.into()])?;
    Ok(Report {
        summary: format!("{}: lists {} files", output.display(), sums.len()),
        ..Report::default()
    })
}
