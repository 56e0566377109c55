//! `verify`: compares the files of a release with its SHA256SUMS.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::builder::{OsStringValueParser, TypedValueParser};
use cli_main::Errors;
use fastboop_files::{FileName, FileNameError, Sums};

use crate::directory;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The list. The files are in its directory
    list: PathBuf,
    /// Fail unless the list has an entry for NAME; can be repeated. All listed files are verified
    #[arg(long, value_name = "NAME", value_parser = name_parser())]
    require: Vec<FileName>,
}

fn name_parser() -> impl TypedValueParser<Value = FileName> {
    OsStringValueParser::new()
        .try_map(|name: OsString| -> Result<_, FileNameError> { FileName::new(name) })
}

/// Verifies every file, and fails with every problem. Returns a summary.
pub fn run(Arguments { list, require }: &Arguments) -> Result<String> {
    let sums = Sums::read(list)?;
    let directory = directory::parent(list);
    // A warning, not an error: downloads may be in a directory with other files.
    for name in directory::names(directory, list)? {
        if sums.get(&name).is_none() {
            let path = directory.join(&name);
            cli_main::warning(format_args!("{path:?}: not listed, so not verified"));
        }
    }
    let mut errors: Vec<_> = require
        .iter()
        .filter(|name| sums.get(name).is_none())
        .map(|name| {
            anyhow!("{list:?}: no entry for {name}, which is required; add the file and regenerate the list")
        })
        .collect();
    for (name, expected) in sums.iter() {
        let path = directory.join(name);
        match directory::digest(&path) {
            Ok(found) if found == expected => {}
            Ok(found) => errors.push(anyhow!(
                "{path:?}: SHA-256 mismatch: expected {expected}, got {found}; \
                 download it again, or regenerate the list"
            )),
            Err(error) => errors.push(error),
        }
    }
    Errors::check(errors)?;
    Ok(format!(
        "{}: all {} files match",
        list.display(),
        sums.len()
    ))
}
