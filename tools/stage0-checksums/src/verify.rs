//! `verify`: that the files of a release are those that its SHA256SUMS lists.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::{OsStringValueParser, TypedValueParser};
use fastboop_files::{FileName, FileNameError, Sha256Digest, Sums};

use crate::error::Error;
use crate::{Failure, Report, directory, hash};

/// What can be said to `verify`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The list; its files are in the directory that it is in
    list: PathBuf,
    /// A file that has to be listed, as often as needed. What is listed is always checked
    #[arg(long, value_name = "NAME", value_parser = name_parser())]
    require: Vec<FileName>,
}

fn name_parser() -> impl TypedValueParser<Value = FileName> {
    OsStringValueParser::new()
        .try_map(|name: OsString| -> Result<_, FileNameError> { FileName::new(name) })
}

/// Checks everything and returns everything that is wrong.
pub fn run(arguments: &Arguments) -> Result<Report, Failure> {
    let Arguments { list, require } = arguments;
    let sums = Sums::read(list)?;
    let directory = directory::of(list);
    let mut errors = not_listed(&sums, list, require);
    errors.extend(not_matching(&sums, directory));
    // No failure: downloads lie beside other files. But nobody should think that they were checked.
    let warnings: Vec<String> = directory::names(directory, list)?
        .iter()
        .filter(|name| sums.get(name).is_none())
        .map(|name| format!("{:?}: not listed, so not checked", directory.join(name)))
        .collect();
    if !errors.is_empty() {
        return Err(Failure { warnings, errors });
    }
    let summary = format!("{}: all {} files match", list.display(), sums.len());
    Ok(Report { warnings, summary })
}

fn not_listed(sums: &Sums, list: &Path, require: &[FileName]) -> Vec<Error> {
    let missing = require.iter().filter(|name| sums.get(name).is_none());
    missing
        .map(|name| Error::NotListed {
            list: list.to_owned(),
            name: name.clone(),
        })
        .collect()
}

fn not_matching(sums: &Sums, directory: &Path) -> Vec<Error> {
    let (names, wanted): (Vec<FileName>, Vec<Sha256Digest>) = sums
        .iter()
        .map(|(name, digest)| (name.clone(), digest))
        .unzip();
    let found = hash::files(directory, &names);
    let mut errors = Vec::new();
    for ((name, wanted), found) in names.iter().zip(wanted).zip(found) {
        match found {
            Ok(found) if found == wanted => {}
            Ok(found) => errors.push(Error::OtherDigest {
                path: directory.join(name),
                found,
                wanted,
            }),
            Err(error) => errors.push(error),
        }
    }
    errors
}
