//! `cache-check`: shows with real servers what Bazel's remote cache and remote execution do for this repository.
//!
//! ```sh
//! cache-check --server nginx second-checkout   # does another checkout of another user rebuild anything, and why
//! cache-check --server nginx faults            # a server that dies, is slow, is full, or gives wrong bytes
//! cache-check edits                            # what an edit rebuilds, and that no edit means no work
//! cache-check release                          # that --config=release reads from no cache
//! cache-check execution                        # actions on other machines: all, while one is lost, where there is none
//! cache-check offline                          # --config=offline without a network
//! ```
//!
//! It is run where Bazel runs; for the Debian root that is `tools/debian/run tools/cache-check/with-servers COMMAND`.
//! docs/remote-cache.md says what each command shows.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod configuration;
mod edits;
mod execution;
mod faults;
mod leak;
mod offline;
mod process;
mod proxy;
mod release;
mod second_checkout;
mod server;
mod setting;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use clean_build::Work;
use leak::Leak;
use server::{Kind, ServerOptions};
use setting::Setting;

/// Show with real servers what Bazel's remote cache and remote execution do for this repository.
///
/// Exit code 0: all is as it should be. 1: something is not. 2: usage.
#[derive(Debug, Parser)]
#[command(name = "cache-check", version)]
struct Arguments {
    /// The git repository to clone; what is not committed is not looked at
    #[arg(long, value_name = "DIRECTORY", default_value = ".")]
    source: PathBuf,
    /// Where to work: a directory that is made, and deleted in the end; every user has to be able to reach it
    #[arg(long, value_name = "DIRECTORY", default_value = "/tmp/cache-check")]
    work: PathBuf,
    /// Keep that directory, with all logs
    #[arg(long)]
    keep: bool,
    /// A directory of downloads that Bazel left (--repository_cache), to copy instead of downloading
    #[arg(long, value_name = "DIRECTORY")]
    downloads: Option<PathBuf>,
    /// What to build
    #[arg(long, value_name = "LABEL", default_value = "//:fastboop-cli")]
    target: String,
    /// The file that this makes
    #[arg(long, value_name = "PATH", default_value = "bazel-bin/fastboop")]
    artifact: String,
    /// The cache server
    #[arg(long, value_enum, default_value_t = Kind::Nginx)]
    server: Kind,
    /// Where the server keeps what it is given, to start with it again; nginx can
    #[arg(long, value_name = "DIRECTORY")]
    storage: Option<PathBuf>,
    /// BuildGrid's program
    #[arg(long, value_name = "PROGRAM", default_value = "bgd")]
    bgd: PathBuf,
    /// Where PostgreSQL's programs are
    #[arg(
        long,
        value_name = "DIRECTORY",
        default_value = "/usr/lib/postgresql/bin"
    )]
    postgresql: PathBuf,
    /// Write what was found to this file too, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    /// Build in one checkout, throw it away, build in another: every action has to come from the cache
    SecondCheckout {
        /// Leak something that differs between the two; then the check has to fail
        #[arg(long, value_enum)]
        leak: Option<Leak>,
    },
    /// Build while the server dies, is slow, is full or gives wrong bytes: the artifact has to stay the same. Spoils --storage
    Faults,
    /// Edit stage0, the program, and nothing: only what depends on the edit may be rebuilt
    Edits,
    /// Build with --config=release while user.bazelrc names caches: none may be asked
    Release,
    /// Build with --config=rbe on BuildGrid and two workers, again while one is killed, and without any: the same artifact, or an error
    Execution {
        /// Where PostgreSQL's programs are, of which Debian has none on PATH
        #[arg(long, value_name = "DIRECTORY")]
        postgresql: PathBuf,
    },
    /// Build with --config=offline and no network, with --downloads and --crates and without each: it works, or names what is missing
    Offline {
        /// CARGO_HOME of an earlier build, whose registry is copied
        #[arg(long, value_name = "DIRECTORY")]
        crates: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            let _ = writeln!(io::stderr(), "error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<bool, String> {
    let setting = Setting::new(
        &arguments.source,
        Work::new(arguments.work, arguments.keep).map_err(|error| error.to_string())?,
        arguments.downloads,
        arguments.target,
        arguments.artifact,
        ServerOptions {
            kind: arguments.server,
            storage: arguments.storage,
            bgd: arguments.bgd,
            scheduler: None,
        },
    )?;
    let (holds, json) = match arguments.command {
        Command::SecondCheckout { leak } => second_checkout::run(&setting, leak)?,
        Command::Faults => faults::run(&setting)?,
        Command::Edits => edits::run(&setting)?,
        Command::Release => release::run(&setting)?,
        Command::Execution { postgresql } => execution::run(&setting, &postgresql)?,
        Command::Offline { crates } => offline::run(&setting, &crates)?,
    };
    if let Some(path) = arguments.json {
        let bytes = format!("{json:#}\n");
        fastboop_files::file::write_atomic(&path, bytes.as_bytes(), false)
            .map_err(|error| error.to_string())?;
    }
    Ok(holds)
}
