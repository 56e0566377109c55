//! `cache-check`: verifies the cache, execution and release configurations of `.bazelrc` with real servers.
//!
//! In the Debian root, `tools/debian/run tests/cache/with-servers COMMAND` installs the servers and runs it.
//! docs/remote-cache.md describes what each command verifies.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod context;
mod edits;
mod execution;
mod namespace;
mod process;
mod release;
mod second_checkout;
mod server;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use clean_build::WorkDir;

use context::Context;

/// Verify the cache, execution and release configurations of .bazelrc with real servers.
///
/// Exit code 0: all checks hold. 1: a check fails, or cannot be made. 2: usage.
#[derive(Debug, Parser)]
#[command(name = "cache-check", version)]
struct Arguments {
    /// The git repository to clone; changes that are not committed are ignored
    #[arg(long, value_name = "DIRECTORY", default_value = ".")]
    source: PathBuf,
    /// The directory to work in: created, and deleted at the end; every user has to be able to reach it
    #[arg(long, value_name = "DIRECTORY", default_value = "/tmp/cache-check")]
    work: PathBuf,
    /// Keep that directory, with all logs
    #[arg(long)]
    keep: bool,
    /// Files that Bazel downloaded before (--repository_cache), copied instead of downloaded again
    #[arg(long, value_name = "DIRECTORY")]
    downloads: Option<PathBuf>,
    /// Set by cache-check itself when it runs in its PID namespace
    #[arg(long, hide = true)]
    in_namespace: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build in two checkouts through nginx: the second rebuilds nothing; after an edit, only what depends on it
    SecondCheckout,
    /// Build with --config=release while user.bazelrc names servers: no connection, no disk cache
    Release,
    /// Build with --config=rbe on BuildGrid and two workers, one of which is killed: all actions run remotely
    Execution {
        /// What to build
        #[arg(long, value_name = "LABEL", default_value = context::TARGET)]
        target: String,
        /// The file that the target writes
        #[arg(long, value_name = "PATH", default_value = context::ARTIFACT)]
        artifact: String,
    },
}

fn main() -> ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> Result<ExitCode> {
    let source = arguments.source.canonicalize().with_context(|| {
        let source = arguments.source.display();
        format!("{source}: not a checkout; name one with --source")
    })?;
    if !arguments.in_namespace {
        // Deleted when every process that writes there has ended.
        let _work = WorkDir::new(arguments.work, arguments.keep)?;
        return namespace::run();
    }
    let context = Context {
        source,
        work: arguments.work,
        downloads: arguments.downloads,
    };
    let failures = match arguments.command {
        Command::SecondCheckout => second_checkout::run(&context)?,
        Command::Release => release::run(&context)?,
        Command::Execution { target, artifact } => execution::run(&context, &target, &artifact)?,
    };
    cli_main::Errors::check(failures)?;
    Ok(ExitCode::SUCCESS)
}
