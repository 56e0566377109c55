//! Measures builds of fastboop by Bazel and by Cargo, side by side in one run, and prints a Markdown table. For the Debian root, and
//! for a machine with nothing else to do:
//!
//! ```sh
//! tools/debian/run cargo run -p bench-build
//! ```
//!
//! What is built is what is committed. Both build for development: `bazel build //:fastboop-cli` and `cargo build -p fastboop-cli`,
//! which builds stage0 too (mode 2 of docs/cargo.md), both in directories of their own.

mod bazel;
mod cargo;
mod case;
mod cost;
mod table;
mod tool;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::anyhow;
use bazel::Bazel;
use cargo::Cargo;
use case::{Case, Dependency};
use clap::Parser;
use tool::{Measured, Setting};

/// Measure builds by Bazel and by Cargo, side by side; print a Markdown table.
#[derive(Debug, Parser)]
#[command(name = "bench-build", version)]
struct Arguments {
    /// The checkout whose commit is built
    #[arg(long, default_value = ".")]
    source: PathBuf,
    /// Where to build; some 5 GB, deleted at the end
    #[arg(long, default_value = "/tmp")]
    work: PathBuf,
    /// Bazel's remote cache (http:// or grpc://), which has to be empty; a directory unless given
    #[arg(long, value_name = "URL")]
    cache: Option<String>,
    /// The dependency whose version is edited, and the version it gets
    #[arg(
        long,
        value_name = "CRATE@VERSION",
        default_value = "serde_json@1.0.150"
    )]
    dependency: Dependency,
    /// How often a cold build is measured, by both in turns; the median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    colds: u32,
    /// How often a build with nothing changed is measured; the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    no_ops: u32,
}

fn main() -> ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let source = arguments
        .source
        .canonicalize()
        .map_err(|error| anyhow!("{}: {error}; see --source", arguments.source.display()))?;
    let work = tempfile::Builder::new()
        .prefix("bench-build.")
        .tempdir_in(&arguments.work)
        .map_err(|error| anyhow!("{}: {error}; see --work", arguments.work.display()))?;
    let cache = match &arguments.cache {
        Some(url) => format!("build --remote_cache={url}\n"),
        None => format!(
            "build --disk_cache={}\n",
            work.path().join("cache").display()
        ),
    };
    let setting = Setting {
        source,
        work: work.path().to_owned(),
        cache,
    };
    let (mut bazel, mut cargo) = (Measured::default(), Measured::default());
    // In turns, as the speed of a machine changes from minute to minute.
    for number in 1..=arguments.colds {
        bazel.cold::<Bazel>(&setting, number)?;
        cargo.cold::<Cargo>(&setting, number)?;
    }
    bazel.others::<Bazel>(&setting, arguments.no_ops, &arguments.dependency)?;
    cargo.others::<Cargo>(&setting, arguments.no_ops, &arguments.dependency)?;
    cli_main::print(format!("{}\n", table::HEADER))?;
    for case in Case::ALL {
        let (bazel, cargo) = (bazel.cost(*case)?, cargo.cost(*case)?);
        let line = table::line(case.name(), &bazel, &cargo);
        cli_main::print(format!("{line}\n"))?;
    }
    Ok(())
}
