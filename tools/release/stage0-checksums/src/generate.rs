//! `generate`: writes the SHA256SUMS of all files in a directory.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, ensure};
use cli_main::{Errors, warning};
use fastboop_files::{FileName, SUMS_NAME, Sums, file};

use crate::directory::{Directory, Problem};
use crate::stdio;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The directory, which must contain only regular files, or symbolic links to them
    directory: PathBuf,
    /// The list to write, usually DIRECTORY/SHA256SUMS, or - for standard output: `verify` looks for
    /// the files in the directory of the list. It does not list itself, and does not change on failure
    #[arg(short, long, value_name = "SHA256SUMS")]
    output: PathBuf,
}

/// Writes the list, unless any file cannot be listed. Returns the text to print: the list or a summary.
pub fn run(arguments: &Arguments) -> Result<Vec<u8>> {
    let output = Some(&*arguments.output).filter(|path| !stdio::is_stdio(path));
    let mut directory = Directory::open(&arguments.directory)?;
    let names = asset_names(&directory, output, warning)?;
    ensure!(
        !names.is_empty(),
        "{:?}: no files in this directory; put the release's files there first",
        arguments.directory
    );
    if let Some(output) = output {
        check_output(output, &directory, &names)?;
    }

    let mut errors = Vec::new();
    let mut hashed = Vec::new();
    for name in &names {
        match directory.hash(name) {
            Ok(file) => hashed.push((name, file)),
            Err(problem) => {
                let path = directory.join(name);
                errors.push(anyhow!("{path:?}: {}", describe(&problem)));
            }
        }
    }
    let mut sums = Sums::default();
    for (name, file) in hashed {
        let path = directory.join(name);
        if file.has_changed(&path) {
            errors.push(anyhow!(
                "{path:?}: changed while the directory was read; {AGAIN}"
            ));
        }
        sums.insert(name.clone(), file.digest);
    }
    for name in asset_names(&directory, output, |_| ())? {
        if names.binary_search(&name).is_err() {
            let path = directory.join(&name);
            errors.push(anyhow!(
                "{path:?}: created while the others were read; {AGAIN}"
            ));
        }
    }
    Errors::check(errors)?;

    let list = sums.to_bytes();
    let Some(output) = output else {
        return Ok(list);
    };
    file::write_atomic(output, &list, false)?;
    let summary = format!("{}: lists {} files\n", output.display(), sums.len());
    Ok(summary.into_bytes())
}

const AGAIN: &str = "generate the list again when all files are complete";

/// The names of the files to list. Calls `warn` for each that is not listed.
fn asset_names(
    directory: &Directory,
    output: Option<&Path>,
    warn: impl Fn(String),
) -> Result<Vec<FileName>> {
    let mut names = directory.names(output)?;
    names.retain(|name| {
        let is_temporary = file::is_temporary(name);
        if is_temporary {
            let path = directory.join(name);
            warn(format!(
                "{path:?}: a temporary file, so not listed: a program was killed while it wrote it; remove it"
            ));
        }
        !is_temporary
    });
    Ok(names)
}

/// Fails if writing the list would replace one of the files of the release.
fn check_output(output: &Path, directory: &Directory, names: &[FileName]) -> Result<()> {
    if !output.exists() {
        return Ok(());
    }
    for name in names {
        file::check_output(output, &directory.join(name))?;
    }
    // A list may be replaced, and so may anything that is named like one.
    let is_list = output.file_name() == Some(SUMS_NAME.as_ref()) || Sums::read(output).is_ok();
    ensure!(
        is_list || !directory.contains(output) || !output.is_file(),
        "{output:?}: a file of the release, which the list would replace; name another output"
    );
    Ok(())
}

fn describe(problem: &Problem) -> String {
    let text = match problem {
        Problem::Missing => "removed while the directory was read; generate the list again",
        Problem::DanglingLink => "a symbolic link to a missing file; replace it with the file",
        Problem::Directory => "a directory, but a release is flat; move its files up or remove it",
        Problem::Special => "not a regular file; remove it",
        Problem::Unreadable(cause) => return format!("{cause}; check its permissions"),
    };
    text.to_owned()
}
