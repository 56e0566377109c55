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
//! # Exit code
//!
//! The exit code is 0 when the program did its work, 1 when it failed and 2 when the command line is
//! not valid; [`WithExitCode`] gives an error another one. A failure is one line on standard error,
//! `error: <context>: <cause>`; a program that found several problems returns [`Errors`], a line each.
//! The contexts are the program's own: an error of a library names its cause in its text and has no
//! `source`, so no cause is printed twice.
//!
//! A closed pipe is not a failure: nothing is printed about it, and the exit code is the one that
//! the program would have had with a reader.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod errors;
mod failure;
mod output;

use std::env;
use std::ffi::OsString;
use std::io;
use std::process::{ExitCode, Termination};

use anyhow::Context;
use clap::Parser;

pub use errors::Errors;
pub use failure::{Failure, WithExitCode, exit_code};
pub use output::{Stdout, error, escape, note, print, warning};

/// Parses the command line, runs `program` and reports how it ended.
///
/// `program` returns nothing, or the [`ExitCode`] where its output is the verdict already, as with
/// [`verdict`].
pub fn run<A: Parser, T: Termination>(program: impl FnOnce(A) -> anyhow::Result<T>) -> ExitCode {
    let result = match A::try_parse() {
        Ok(arguments) => program(arguments).map(Termination::report),
        Err(usage) => print_usage(&usage),
    };
    result.unwrap_or_else(|error| {
        match error.downcast_ref::<Errors>() {
            Some(errors) => errors.iter().for_each(output::error),
            None => output::error(format_args!("{error:#}")),
        }
        ExitCode::from(exit_code(&error))
    })
}

/// [`ExitCode::SUCCESS`] if `holds`, else [`ExitCode::FAILURE`]; for programs whose output already
/// names the reason.
pub fn verdict(holds: bool) -> ExitCode {
    if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Prints the help, the version, or the usage error. `clap::Error::exit` ignores
/// failed writes: `--version > /dev/full` would succeed.
fn print_usage(usage: &clap::Error) -> anyhow::Result<ExitCode> {
    let is_control = |argument: OsString| argument.to_string_lossy().contains(char::is_control);
    let printed = if usage.use_stderr() && env::args_os().any(is_control) {
        // It repeats arguments as they are, and colours would be escaped too.
        output::note(usage.render());
        Ok(())
    } else {
        usage.print()
    };
    match printed {
        // Standard error is closed: there is nowhere to report it.
        Err(_) if usage.use_stderr() => {}
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        result => result.context(output::WRITE_ERROR)?,
    }
    Ok(ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(1)))
}
