//! Measures builds of fastboop by Bazel and by Cargo, side by side in one run, and prints a Markdown table. For the Debian root, and
//! for a machine with nothing else to do:
//!
//! ```sh
//! tools/debian/run cargo run -p bench-build
//! ```
//!
//! What is built is what is committed. Both build for development: `bazel build //:fastboop-cli` and `cargo build -p fastboop-cli`,
//! which builds stage0 too (mode 2 of docs/cargo.md), both in directories of their own, where nothing was downloaded or built before.

mod bazel;
mod cargo;
mod case;
mod cost;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bazel::Bazel;
use cargo::Cargo;
use case::{Case, Dependency};
use clap::Parser;
use table::Row;

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
    /// How often a build with nothing changed is measured; the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    no_ops: u32,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let source = arguments
        .source
        .canonicalize()
        .map_err(|error| format!("{}: {error}; see --source", arguments.source.display()))?;
    let work = tempfile::Builder::new()
        .prefix("bench-build.")
        .tempdir_in(&arguments.work)
        .map_err(|error| format!("{}: {error}; see --work", arguments.work.display()))?;
    let cache = match &arguments.cache {
        Some(url) => format!("build --remote_cache={url}\n"),
        None => format!(
            "build --disk_cache={}\n",
            work.path().join("cache").display()
        ),
    };
    let bazel = measure("Bazel", arguments, |first: Option<&Bazel>, name| {
        Bazel::new(&source, &work.path().join(name), &cache, first)
    })?;
    let cargo = measure("Cargo", arguments, |first: Option<&Cargo>, name| {
        Cargo::new(&source, &work.path().join(name), first)
    })?;
    println!("{}", table::HEADER);
    for (bazel, cargo) in bazel.iter().zip(&cargo) {
        println!("{}", table::line(bazel, cargo));
    }
    Ok(())
}

/// What builds.
trait Tool: Sized {
    /// Builds, and says what that took.
    fn build(&self, name: &str) -> Result<cost::Cost, String>;

    /// Makes the edit of a case.
    fn edit(&self, case: &Case, dependency: &Dependency) -> Result<(), String>;
}

/// Every case with one tool.
fn measure<T: Tool>(
    name: &str,
    arguments: &Arguments,
    checkout: impl Fn(Option<&T>, &Path) -> Result<T, String>,
) -> Result<Vec<Row>, String> {
    let directory = |number| PathBuf::from(format!("{}-{number}", name.to_lowercase()));
    let first = checkout(None, &directory(1))?;
    let mut rows = Vec::new();
    for case in Case::ALL {
        eprintln!("{name}: {}", case.name());
        let cost = match case {
            Case::SecondCheckout => checkout(Some(&first), &directory(2))?.build(case.name())?,
            Case::NoOp => {
                let costs = (0..arguments.no_ops).map(|_| first.build(case.name()));
                cost::median(costs.collect::<Result<Vec<_>, _>>()?)
            }
            _ => {
                first.edit(case, &arguments.dependency)?;
                first.build(case.name())?
            }
        };
        rows.push(Row {
            case: case.name(),
            cost,
        });
    }
    Ok(rows)
}
