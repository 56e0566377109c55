//! `fastboop stage0 extract`: the stage0 that is inside, as a file.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use fastboop_files::file;
use fastboop_stage0_generator::{STAGE0, inspect_embedded};

use crate::terminal;

/// What `fastboop stage0 extract` takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fastboop stage0 extract -o stage0    an executable file; one that is there is replaced at once
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
        terminal::refuse_stdout()?;
        return cli_main::print(STAGE0);
    }
    let artifact = inspect_embedded().context("the embedded stage0 is broken")?;
    file::write_atomic(path, STAGE0, true)?;
    cli_main::note(format_args!(
        "wrote {}: stage0 for {}, {} bytes",
        path.display(),
        artifact.target,
        artifact.size
    ));
    Ok(())
}
