//! `fastboop stage0`: the stage0 that is inside this program.

mod extract;
mod info;

use clap::Subcommand;

use crate::Error;

/// What can be done with it.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say which stage0 is inside: target, size, digest, version
    Info(info::Arguments),
    /// Write the stage0 that is inside to a file
    Extract(extract::Arguments),
}

/// Does it.
pub fn run(command: Command) -> Result<(), Error> {
    match command {
        Command::Info(arguments) => info::run(&arguments),
        Command::Extract(arguments) => extract::run(&arguments),
    }
}
