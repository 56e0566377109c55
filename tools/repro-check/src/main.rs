//! `repro-check`: builds several times in different surroundings, compares the bytes, and explains what differs.
//!
//! ```sh
//! repro-check bazel                    # stage0 for every target and the program, by Bazel
//! repro-check cargo                    # likewise, by Cargo
//! repro-check root                     # the std of the Debian root, made twice
//! repro-check compare DIRECTORY …      # what was made elsewhere, such as on two machines
//! repro-check explain ONE OTHER        # why two files differ
//! ```
//!
//! docs/reproducible.md says what is varied and what is not.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod bazel;
mod cargo;
mod comparison;
mod made;
mod order;
mod packages;
mod root;
mod setting;
mod variation;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Error;
use clap::{Args, Parser, Subcommand};
use clean_build::Work;
use fastboop_files::file;
use serde::Serialize;
use stage0_artifact::Target;

use comparison::Comparison;
use made::Made;
use setting::{Leak, Setting};

/// Build several times in different surroundings, compare the bytes, and explain what differs.
///
/// Exit code 0: all is the same. 1: something is not, or could not be looked at. 2: usage.
#[derive(Debug, Parser)]
#[command(name = "repro-check", version)]
struct Arguments {
    /// Write what was found to this file too, as JSON
    #[arg(long, value_name = "FILE", global = true)]
    json: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build with Bazel in clean checkouts, each at another path, of another user, with another time zone, locale, umask, file order …
    Bazel {
        #[command(flatten)]
        builds: Builds,
        /// What to build: targets with a file of their name
        #[arg(long = "target", value_name = "LABEL", default_values_t = bazel::released())]
        targets: Vec<String>,
    },
    /// Build with Cargo in such checkouts, with a CARGO_HOME and target directory each: the program, and the stage0 in it
    Cargo {
        #[command(flatten)]
        builds: Builds,
        /// What the stage0 in it is for
        #[arg(long = "target", value_name = "TRIPLE", default_values_t = bazel::STAGE0)]
        targets: Vec<Target>,
        /// Leave the paths of the checkout and of CARGO_HOME in the program; then it differs, and stage0 must not
        #[arg(long)]
        no_remap: bool,
    },
    /// Make the Debian root's std for musl anew and compare it with that of another root; on the machine itself, as root
    Root {
        /// The checkout whose recipe is followed
        #[arg(long, value_name = "DIRECTORY", default_value = ".")]
        source: PathBuf,
        /// Where to make the new root, 4 GB: a directory that is made, and deleted in the end
        #[arg(long, value_name = "DIRECTORY", default_value = "/var/tmp/repro-check")]
        work: PathBuf,
        /// Keep that directory
        #[arg(long)]
        keep: bool,
        /// The cache with the root to compare with; $XDG_CACHE_HOME or ~/.cache unless named. What it lacks is made
        #[arg(long, value_name = "DIRECTORY")]
        cache: Option<PathBuf>,
        /// The steps to compare
        #[arg(long = "step", value_name = "STEP", default_values = ["musl-c", "musl-std-x86_64", "musl-std-aarch64", "musl-std-armv7"])]
        steps: Vec<String>,
    },
    /// Compare what is in directories, such as the artifacts that several machines made
    Compare {
        /// The directories
        #[arg(required = true, num_args = 2..)]
        directories: Vec<PathBuf>,
    },
    /// Say where and how two files differ: of ELF files the section, the symbol and the text, of others the offset
    Explain {
        /// One file
        a: PathBuf,
        /// The other
        b: PathBuf,
    },
}

/// What the builds have in common.
#[derive(Debug, Args)]
struct Builds {
    /// The git repository to clone; what is not committed is not looked at
    #[arg(long, value_name = "DIRECTORY", default_value = ".")]
    source: PathBuf,
    /// Where to work: a directory that is made, and deleted in the end; every user has to be able to reach it
    #[arg(long, value_name = "DIRECTORY", default_value = "/tmp/repro-check")]
    work: PathBuf,
    /// Keep that directory, with all logs and artifacts
    #[arg(long)]
    keep: bool,
    /// What was downloaded before, to copy instead of downloading: Bazel's --repository_cache, or Cargo's HOME
    #[arg(long, value_name = "DIRECTORY")]
    downloads: Option<PathBuf>,
    /// How many builds
    #[arg(long, value_name = "NUMBER", default_value_t = 3)]
    builds: usize,
    /// Leak something that differs from build to build; then the check has to fail
    #[arg(long, value_enum)]
    leak: Option<Leak>,
}

fn main() -> ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let json = arguments.json.as_deref();
    let comparison = match arguments.command {
        Command::Bazel { builds, targets } => bazel::run(&builds.setting()?, &targets),
        Command::Cargo {
            builds,
            targets,
            no_remap,
        } => {
            let remap = !no_remap;
            cargo::run(&builds.setting()?, &cargo::What { targets, remap })
        }
        Command::Root {
            source,
            work,
            keep,
            cache,
            steps,
        } => root::run(&source, cache, &Work::new(work, keep)?, &steps),
        Command::Compare { directories } => {
            let made = directories.iter().map(|directory| Made::there(directory));
            made.collect::<Result<_, _>>()
                .and_then(|made| Comparison::new(made, Vec::new()))
        }
        Command::Explain { a, b } => return explained(&a, &b, json),
    };
    told(&comparison.map_err(Error::msg)?, json)
}

fn told(comparison: &Comparison, json: Option<&Path>) -> anyhow::Result<ExitCode> {
    cli_main::print(comparison.to_string())?;
    write(json, comparison)?;
    Ok(cli_main::verdict(comparison.holds()))
}

fn explained(a: &Path, b: &Path, json: Option<&Path>) -> anyhow::Result<ExitCode> {
    let explanation = comparison::explain(a, b).map_err(Error::msg)?;
    cli_main::print(format!("{explanation}\n"))?;
    write(json, &explanation)?;
    let is_same = matches!(explanation, elf_diff::Explanation::Same);
    Ok(cli_main::verdict(is_same))
}

impl Builds {
    fn setting(self) -> anyhow::Result<Setting> {
        let work = Work::new(self.work, self.keep)?;
        Setting::new(&self.source, work, self.downloads, self.builds, self.leak).map_err(Error::msg)
    }
}

fn write(path: Option<&Path>, found: &impl Serialize) -> anyhow::Result<()> {
    let Some(path) = path else {
        return Ok(());
    };
    let json = serde_json::to_string_pretty(found)?;
    file::write_atomic(path, format!("{json}\n").as_bytes(), false)?;
    Ok(())
}
