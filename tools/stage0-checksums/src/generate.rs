//! `generate`: the SHA256SUMS of every file in a directory.

use std::path::PathBuf;

use fastboop_files::{Sums, file};

use crate::error::Error;
use crate::{Failure, Report, directory, hash};

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
pub fn run(arguments: &Arguments) -> Result<Report, Failure> {
    let Arguments { directory, output } = arguments;
    let names = directory::names(directory, output)?;
    if names.is_empty() {
        return Err(Error::NoFiles(directory.clone()).into());
    }
    let mut errors = Vec::new();
    let mut sums = Sums::default();
    for (name, digest) in names.iter().zip(hash::files(directory, &names)) {
        match digest {
            Ok(digest) => sums.insert(name.clone(), digest),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        let warnings = Vec::new();
        return Err(Failure { warnings, errors });
    }
    file::write_atomic(output, &sums.to_bytes(), false)?;
    Ok(format!("{}: lists {} files", output.display(), sums.len()).into())
}
