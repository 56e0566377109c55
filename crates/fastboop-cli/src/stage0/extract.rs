//! `fastboop stage0 extract`: writes the embedded stage0 to a file.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use fastboop_files::file;
use fastboop_stage0_generator::{STAGE0, inspect_embedded};

use crate::terminal;

/// The arguments of `fastboop stage0 extract`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fastboop stage0 extract -o stage0    an executable file; an existing one is replaced atomically
  fastboop stage0 extract -o - | sha256sum")]
pub struct Arguments {
    /// The file to write, or - for standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Writes the file and reports it on standard error.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let path = arguments.output.as_path();
    if path == Path::new("-") {
        terminal::reject_terminal_stdout()?;
        return cli_main::print(STAGE0);
    }
    let artifact = inspect_embedded().context("the embedded stage0 is invalid")?;
    file::write_atomic(path, STAGE0, true)?;
    cli_main::note(format_args!(
        "wrote {}: stage0 for {}, {} bytes",
        path.display(),
        artifact.target,
        artifact.size
    ));
    Ok(())
}
