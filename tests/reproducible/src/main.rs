//! `repro-check`: builds in several different environments and compares the artifacts byte by byte.
//!
//! docs/reproducible.md lists what is varied and what is not.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod bazel;
mod build;
mod cargo;
mod context;
mod diffoscope;
mod order;
mod packages;
mod root;
mod summary;
mod variation;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use clean_build::WorkDir;
use stage0_artifact::Target;

use build::Build;
use context::{Context, Leak};
use summary::Summary;

/// Build in several different environments and compare the artifacts byte by byte.
///
/// If files differ, diffoscope reports why if it is installed, and the directory with the files is kept. Exit code 0: all artifacts are
/// equal. 1: an artifact differs, or a build failed. 2: usage.
#[derive(Debug, Parser)]
#[command(name = "repro-check", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build with Bazel in clean checkouts that differ in path, user, time zone, locale, umask, file order …
    Bazel {
        #[command(flatten)]
        builds: Builds,
        /// Build only these targets, each of which writes a file of its name [default: everything that is released]
        #[arg(long = "target", value_name = "LABEL")]
        targets: Vec<String>,
    },
    /// Build the program and its stage0 with Cargo in such checkouts, each with its own CARGO_HOME and target directory
    Cargo {
        #[command(flatten)]
        builds: Builds,
        /// Embed stage0 for these target triples
        #[arg(long = "target", value_name = "TRIPLE", required = true)]
        targets: Vec<Target>,
        /// Keep the paths of the checkout and of CARGO_HOME in the program, which then differs; stage0 must not
        #[arg(long)]
        no_remap: bool,
    },
    /// Rebuild the Debian root's std for musl and compare it with that of another root; outside the root, as root
    Root {
        /// The checkout whose recipe creates the root
        #[arg(long, value_name = "DIRECTORY", default_value = ".")]
        source: PathBuf,
        /// The directory for the new root (4 GB), which is created, and deleted at the end
        #[arg(long, value_name = "DIRECTORY", default_value = "/var/tmp/repro-check")]
        work: PathBuf,
        /// Keep the directory
        #[arg(long)]
        keep: bool,
        /// The cache with the root to compare with; missing steps are created there [default: $XDG_CACHE_HOME or ~/.cache]
        #[arg(long, value_name = "DIRECTORY")]
        cache: Option<PathBuf>,
        /// The steps to compare
        #[arg(long = "step", value_name = "STEP", default_values = ["musl-c", "musl-std-x86_64", "musl-std-aarch64", "musl-std-armv7"])]
        steps: Vec<String>,
    },
    /// Compare the files in directories, such as the artifacts of several machines
    Compare {
        #[arg(required = true, num_args = 2..)]
        directories: Vec<PathBuf>,
    },
}

/// The options of all builds.
#[derive(Debug, Args)]
struct Builds {
    /// The git repository to clone; uncommitted changes are not built
    #[arg(long, value_name = "DIRECTORY", default_value = ".")]
    source: PathBuf,
    /// The directory to work in, which is created, and deleted at the end; all users have to be able to enter it
    #[arg(long, value_name = "DIRECTORY", default_value = "/tmp/repro-check")]
    work: PathBuf,
    /// Keep the directory, with all logs and artifacts
    #[arg(long)]
    keep: bool,
    /// Copy earlier downloads from this directory: Bazel's --repository_cache, or CARGO_HOME
    #[arg(long, value_name = "DIRECTORY")]
    downloads: Option<PathBuf>,
    /// The number of builds
    #[arg(long, value_name = "NUMBER", default_value_t = 3)]
    builds: usize,
    /// Insert a string into stage0 that differs between builds, to verify that the check fails
    #[arg(long, value_enum)]
    leak: Option<Leak>,
}

fn main() -> ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (summary, work) = match arguments.command {
        Command::Bazel { builds, targets } => {
            let context = builds.into_context()?;
            (
                bazel::run(&context, targets)?,
                Some(context.into_work_dir()),
            )
        }
        Command::Cargo {
            builds,
            targets,
            no_remap,
        } => {
            let context = builds.into_context()?;
            (
                cargo::run(&context, &targets, !no_remap)?,
                Some(context.into_work_dir()),
            )
        }
        Command::Root {
            source,
            work,
            keep,
            cache,
            steps,
        } => {
            let work = WorkDir::new(work, keep)?;
            (root::run(&source, cache, &work, &steps)?, Some(work))
        }
        Command::Compare { directories } => {
            let builds = directories
                .iter()
                .map(|directory| Build::from_directory(directory));
            (
                Summary::new(builds.collect::<Result<_, _>>()?, Vec::new())?,
                None,
            )
        }
    };
    cli_main::print(summary.to_string())?;
    if let Some(work) = work.filter(|_| summary.has_differences()) {
        cli_main::note(format!("{}: kept, as files differ", work.keep().display()));
    }
    Ok(cli_main::verdict(summary.is_same()))
}

impl Builds {
    fn into_context(self) -> anyhow::Result<Context> {
        let work = WorkDir::new(self.work, self.keep)?;
        Context::new(&self.source, work, self.downloads, self.builds, self.leak)
    }
}
