//! `build-parity`: reports the differences between what Bazel and Cargo build.
//!
//! Bazel and Cargo build the same source, but each has its own configuration of dependencies, features, editions, versions and
//! profile. `//tests/parity:all` compares them.

mod graph;
mod profile;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::{Parser, Subcommand};
use serde::de::DeserializeOwned;

/// Report the differences between what Bazel and Cargo build.
#[derive(Parser)]
#[command(name = "build-parity", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Compare the crates of two builds: versions, editions, features, dependencies
    Graph {
        /// The crates of Bazel (JSON of the crate_graph rule)
        #[arg(long, value_name = "FILE")]
        bazel: PathBuf,
        /// The crates of Cargo (JSON of the cargo_graph repository)
        #[arg(long, value_name = "FILE")]
        cargo: PathBuf,
        /// A dependency that only Cargo has, on purpose
        #[arg(long, value_name = "PACKAGE:DEPENDENCY")]
        cargo_only: Vec<graph::Edge>,
        /// A feature that only Bazel has, on purpose
        #[arg(long, value_name = "PACKAGE:FEATURE")]
        bazel_only_feature: Vec<graph::Edge>,
    },
    /// Compare a Cargo release profile with the corresponding rustc flags in Bazel
    Profile {
        /// The workspace's Cargo.toml
        #[arg(long, value_name = "FILE")]
        manifest: PathBuf,
        /// A flag that Bazel passes to rustc
        #[arg(long, value_name = "FLAG", allow_hyphen_values = true)]
        rustc_flag: Vec<String>,
    },
}

fn main() -> ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let differences = differences(arguments.command)?;
    for difference in &differences {
        cli_main::note(difference);
    }
    ensure!(
        differences.is_empty(),
        "{} differences between Bazel and Cargo; change the BUILD files or Cargo.toml",
        differences.len()
    );
    Ok(())
}

fn differences(command: Command) -> anyhow::Result<Vec<String>> {
    match command {
        Command::Graph {
            bazel,
            cargo,
            cargo_only,
            bazel_only_feature,
        } => {
            let bazel = graph::Graph::new(read_json(&bazel)?);
            let cargo = graph::Graph::new(read_json(&cargo)?);
            cli_main::print(format!(
                "{} crates in Bazel, {} in Cargo\n",
                bazel.len(),
                cargo.len()
            ))?;
            Ok(graph::differences(
                &bazel,
                &cargo,
                &cargo_only,
                &bazel_only_feature,
            ))
        }
        Command::Profile {
            manifest,
            rustc_flag,
        } => {
            let profile =
                profile::rustc_flags(&read(&manifest)?).with_context(|| name(&manifest))?;
            Ok(profile::differences(&profile, &rustc_flag))
        }
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    serde_json::from_str(&read(path)?).with_context(|| name(path))
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| name(path))
}

fn name(path: &Path) -> String {
    path.display().to_string()
}
