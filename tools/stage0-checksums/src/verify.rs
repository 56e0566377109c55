//! `verify`: that the files of a release are those that its SHA256SUMS lists.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use stage0_artifact::{FileName, FileNameError, Sha256Digest, Sums};

use crate::error::Error;
use crate::{Report, directory, hash};

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
pub fn run(arguments: &Arguments) -> Result<Report, Vec<Error>> {
    let Arguments { list, require } = arguments;
    let sums = Sums::read(list).map_err(|error| vec![error.into()])?;
    let directory = directory::of(list);

    let mut errors: Vec<Error> = require
        .iter()
        .filter(|name| sums.get(name).is_none())
        .map(|name| Error::NotListed {
            list: list.clone(),
            name: name.clone(),
        })
        .collect();

    let (names, wanted): (Vec<FileName>, Vec<Sha256Digest>) = sums
        .iter()
        .map(|(name, digest)| (name.clone(), digest))
        .unzip();
    let found = hash::files(directory, &names);
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

    // Not a failure: downloads lie beside other files. But nobody should think that they were checked.
    let mut extra = directory::names(directory, list).map_err(|error| vec![error])?;
    extra.retain(|name| sums.get(name).is_none());
    extra.sort();
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Report {
        warnings: extra
            .iter()
            .map(|name| format!("{:?}: not listed, so not checked", directory.join(name)))
            .collect(),
        summary: format!("{}: all {} files match", list.display(), sums.len()),
    })
}
