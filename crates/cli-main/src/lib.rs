//! How fastboop's programs start and end.
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! #[derive(clap::Parser)]
//! #[command(name = "greet", version)]
//! struct Arguments {
//!     name: String,
//! }
//!
//! fn main() -> ExitCode {
//!     cli_main::run(greet)
//! }
//!
//! fn greet(arguments: Arguments) -> anyhow::Result<()> {
//!     cli_main::print(format!("hello {}\n", arguments.name))
//! }
//! ```
//!
//! The exit code is 0 when the program did its work, 1 when it failed and 2 when the command line is
//! not valid. A failure is one line on standard error, `error: <context>: <cause>`; a program that
//! found several problems returns [`Errors`], a line each. The contexts are the program's own: an
//! error of a library names its cause in its text and has no `source`, so no cause is printed twice.
//!
//! A reader that closes the pipe has seen enough: that is not a failure, prints nothing, and leaves
//! the exit code what it would have been.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod errors;
mod output;

use std::io;
use std::process::{ExitCode, Termination};

use anyhow::Context;
use clap::Parser;

pub use errors::Errors;
pub use output::{Stdout, error, note, print, warning};

/// Parses the command line, runs `program` and reports how it ended.
///
/// `program` returns nothing, or the [`ExitCode`] where its output is the verdict already, as with
/// [`verdict`].
pub fn run<A: Parser, T: Termination>(program: impl FnOnce(A) -> anyhow::Result<T>) -> ExitCode {
    let result = match A::try_parse() {
        Ok(arguments) => program(arguments).map(Termination::report),
        Err(usage) => answer(&usage),
    };
    result.unwrap_or_else(|error| {
        match error.downcast_ref::<Errors>() {
            Some(errors) => errors.iter().for_each(output::error),
            None => output::error(format_args!("{error:#}")),
        }
        ExitCode::FAILURE
    })
}

/// Success if `holds`, for a program that has printed why it does not.
pub fn verdict(holds: bool) -> ExitCode {
    if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Prints the help, the version, or what is wrong with the command line. `clap::Error::exit` ignores
/// failed writes: `--version > /dev/full` would succeed.
fn answer(usage: &clap::Error) -> anyhow::Result<ExitCode> {
    match usage.print() {
        // Nobody is left to read what is wrong with the command line.
        Err(_) if usage.use_stderr() => {}
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        result => result.context(output::FAILED)?,
    }
    Ok(ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(1)))
}
