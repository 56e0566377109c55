//! `fastboop bootimg`: what is in an Android boot image.

mod content;
mod inspect;
mod unpack;

use std::path::Path;

use anyhow::Context;
use clap::Subcommand;
use read_at::FileAt;

/// The subcommands of `fastboop bootimg`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Describe an Android boot image: its header and parts
    Inspect(inspect::Arguments),
    /// Write the parts of an Android boot image to files
    Unpack(unpack::Arguments),
}

/// Runs a subcommand.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Unpack(arguments) => unpack::run(&arguments),
    }
}

/// Opens the file with an image.
fn open(path: &Path) -> anyhow::Result<FileAt> {
    FileAt::open(path).with_context(|| format!("{}: cannot read", path.display()))
}
