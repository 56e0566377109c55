//! fastboop's command line.
//!
//! This file says what can be typed; each subcommand does its work in a module of its own and
//! returns what to print or why it failed. What is printed and which exit code the process ends
//! with is decided here alone: 0 done, 1 failed, 2 not understood.

mod completions;
mod man;
mod output;
mod stage0;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Boots a device over USB with a stage0 that it carries in itself.
#[derive(Debug, Parser)]
#[command(name = "fastboop", version, arg_required_else_help = true)]
#[command(after_help = "Examples:
  fastboop stage0 info                 which stage0 is inside
  fastboop stage0 extract -o stage0    take it out
  fastboop stage0 initramfs --set root=LABEL=rootfs -o initramfs.img
  fastboop stage0 inspect initramfs.img
  fastboop completions bash            let the shell know all this")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look at the stage0 that is inside, take it out, or make an initramfs with it
    #[command(subcommand)]
    Stage0(stage0::Command),
    /// Print completions for a shell
    Completions(completions::Arguments),
    /// Write the manual pages
    #[command(hide = true)]
    Man(man::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Stage0(command) => stage0::run(command),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::report(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Why a subcommand failed.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// The build system embedded something unchecked.
    #[error("the embedded stage0 is broken: {0}")]
    Embedded(#[from] stage0_artifact::InspectError),
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] fastboop_files::Error),
    /// No initramfs could be made.
    #[error(transparent)]
    Initramfs(#[from] fastboop_stage0_generator::Error),
    /// Two things at once would go to standard output.
    #[error("the initramfs and the JSON cannot both go to standard output; name a file with -o")]
    TwoOutputs,
    /// Somebody would see it on a screen.
    #[error(
        "not writing binary data to a terminal; name a file with -o, or pipe it into a program"
    )]
    Terminal,
    /// An initramfs cannot be opened.
    #[error("{path}: cannot read it: {error}", path = .0.display(), error = .1)]
    Open(PathBuf, #[source] std::io::Error),
    /// An initramfs is broken.
    #[error("{path}: {error}", path = .0.display(), error = .1)]
    Inspect(PathBuf, #[source] initramfs::ReadError),
    /// Standard output could not be written.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] std::io::Error),
    /// The manual pages could not be written.
    #[error("{}: cannot write the manual pages: {error}; name a directory that exists", directory.display())]
    Man {
        /// Where they were to go.
        directory: std::path::PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// The description could not be put into JSON.
    #[error("cannot write JSON: {0}")]
    Json(#[from] serde_json::Error),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Arguments::command().debug_assert();
    }
}
