//! `fastboop image`: what is in a disk image.

mod cat;
mod inspect;
mod layers;
mod ls;
mod open;

use clap::Subcommand;

pub use layers::format_size;
pub use open::ImageOptions;

/// The subcommands of `fastboop image`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Describe an image: its layers, partitions, file systems, kernel and device trees
    Inspect(inspect::Arguments),
    /// List the files in an image
    Ls(ls::Arguments),
    /// Write the content of a file in an image to standard output
    Cat(cat::Arguments),
}

/// Runs a subcommand.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Ls(arguments) => ls::run(&arguments),
        Command::Cat(arguments) => cat::run(&arguments),
    }
}
