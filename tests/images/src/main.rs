//! Prints a listing of a directory or of the file system in an image.

use std::path::PathBuf;

use clap::Parser;
use images_tests::{Detail, Directory, list};

/// Lists every file of a directory or of the file system in an image, with the digest of its content.
#[derive(Debug, Parser)]
struct Arguments {
    /// The directory or image
    path: PathBuf,
    /// How much to list: content, metadata or attributes
    #[arg(long, value_enum, default_value_t = Detail::Attributes)]
    detail: Detail,
}

fn main() -> std::process::ExitCode {
    cli_main::run(|arguments: Arguments| {
        let lines = list(&Directory::new(&arguments.path), arguments.detail)?;
        cli_main::print(lines.join("\n") + "\n")
    })
}
