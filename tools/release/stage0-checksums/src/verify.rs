//! `verify`: compares the files of a release with its SHA256SUMS.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use clap::builder::{OsStringValueParser, TypedValueParser};
use cli_main::Errors;
use fastboop_files::{FileName, FileNameError, Sums};

use crate::directory::{self, Directory, Problem};
use crate::stdio;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The list, or - for standard input. The files are in its directory, or in the current one
    list: PathBuf,
    /// Fail unless the list has an entry for NAME; can be repeated. All listed files are verified
    #[arg(long, value_name = "NAME", value_parser = name_parser())]
    require: Vec<FileName>,
    /// Skip listed files that do not exist, unless they are required
    #[arg(long)]
    ignore_missing: bool,
    /// Print nothing if all files match, except for warnings
    #[arg(long)]
    quiet: bool,
}

fn name_parser() -> impl TypedValueParser<Value = FileName> {
    OsStringValueParser::new()
        .try_map(|name: OsString| -> Result<_, FileNameError> { FileName::new(name) })
}

/// Verifies every file, and fails with every problem. Returns the text to print.
pub fn run(arguments: &Arguments) -> Result<Vec<u8>> {
    let Arguments { list, require, .. } = arguments;
    let (sums, path, list_path) = match stdio::is_stdio(list) {
        true => {
            let sums = Sums::parse(&stdio::read()?).context("standard input")?;
            (sums, Path::new("."), None)
        }
        false => (Sums::read(list)?, directory::parent(list), Some(&**list)),
    };
    let mut directory = Directory::open(path)?;
    // A warning, not an error: downloads may be in a directory with other files.
    for name in directory.names(list_path)? {
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
    let mut missing = 0;
    for (name, expected) in sums.iter() {
        let text = match directory.hash(name).map(|hashed| hashed.digest) {
            Ok(found) if found == expected => continue,
            Ok(found) => format!(
                "SHA-256 mismatch: expected {expected}, got {found}; \
                 download it again, or regenerate the list"
            ),
            Err(Problem::Missing) if arguments.ignore_missing && !require.contains(name) => {
                missing += 1;
                continue;
            }
            Err(problem) => describe(&problem),
        };
        errors.push(anyhow!("{:?}: {text}", directory.join(name)));
    }
    Errors::check(errors)?;
    ensure!(
        missing < sums.len(),
        "{list:?}: all {missing} listed files are missing; download one, or check the directory"
    );
    if arguments.quiet {
        return Ok(Vec::new());
    }
    let list = list.display();
    let text = match missing {
        0 => format!("{list}: all {} files match\n", sums.len()),
        _ => format!(
            "{list}: {} files match, {missing} are missing\n",
            sums.len() - missing
        ),
    };
    Ok(text.into_bytes())
}

fn describe(problem: &Problem) -> String {
    let text = match problem {
        Problem::Missing => "listed, but missing; download it, or regenerate the list",
        Problem::DanglingLink => "a symbolic link to a missing file; replace it with a download",
        Problem::Directory => {
            "a directory, but the list has a file of that name; replace it with a download"
        }
        Problem::Special => "not a regular file; replace it with a download",
        Problem::Unreadable(cause) => return format!("{cause}; check its permissions"),
    };
    text.to_owned()
}
