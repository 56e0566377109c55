//! fastboop's command line.
//!
//! This file says what can be typed; each subcommand does its work in a module of its own and
//! returns what to print or why it failed. What is printed and which exit code the process ends
//! with is decided here alone: 0 done, 1 failed, 2 not understood.

mod completions;
mod output;
mod stage0;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Boots a device over USB with a stage0 that it carries in itself.
#[derive(Debug, Parser)]
#[command(name = "fastboop", version, arg_required_else_help = true)]
#[command(after_help = "Examples:
  fastboop stage0 info                 which stage0 is inside
  fastboop stage0 extract -o stage0    take it out
  fastboop completions bash            let the shell know all this")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look at the stage0 that is inside, or take it out
    #[command(subcommand)]
    Stage0(stage0::Command),
    /// Print completions for a shell
    Completions(completions::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Stage0(command) => stage0::run(command),
        Command::Completions(arguments) => completions::run(&arguments),
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
    File(#[from] stage0_artifact::Error),
    /// Standard output could not be written.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] std::io::Error),
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
