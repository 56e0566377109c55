//! Compares builds of fastboop by Bazel and by Cargo in one run, which requires an otherwise idle machine.
//!
//! Both build the committed source for development, each in its own directories: `bazel build //:fastboop-cli` and
//! `cargo build -p fastboop-cli`, which also builds stage0 (mode 2 of docs/cargo.md).

mod bazel;
mod cargo;
mod case;
mod cost;
mod table;
mod tool;

use std::path::PathBuf;

use anyhow::anyhow;
use bazel::Bazel;
use cargo::Cargo;
use case::{Case, Dependency};
use tool::{Context, Measurements};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The checkout whose commit is built
    #[arg(long, default_value = ".")]
    source: PathBuf,
    /// The directory to work in: some 5 GB, deleted at the end
    #[arg(long, default_value = "/tmp")]
    work: PathBuf,
    /// Bazel's remote cache (http:// or grpc://), which has to be empty [default: a directory]
    #[arg(long, value_name = "URL")]
    cache: Option<String>,
    /// The dependency to change, and its new version
    #[arg(
        long,
        value_name = "CRATE@VERSION",
        default_value = "serde_json@1.0.150"
    )]
    dependency: Dependency,
    /// The number of cold builds by each tool, in alternation; the median is reported
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    colds: u32,
    /// The number of builds without a change; the median is reported
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    no_ops: u32,
}

/// Prints a Markdown table.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let source = arguments.source.canonicalize().map_err(|error| {
        anyhow!(
            "{}: {error}; set the checkout with --source",
            arguments.source.display()
        )
    })?;
    let work = tempfile::Builder::new()
        .prefix("bench-build.")
        .tempdir_in(&arguments.work)
        .map_err(|error| {
            anyhow!(
                "{}: {error}; choose another directory with --work",
                arguments.work.display()
            )
        })?;
    let cache = match &arguments.cache {
        Some(url) => format!("build --remote_cache={url}\n"),
        None => format!(
            "build --disk_cache={}\n",
            work.path().join("cache").display()
        ),
    };
    let context = Context {
        source,
        work: work.path().to_owned(),
        cache,
    };
    let (mut bazel, mut cargo) = (Measurements::default(), Measurements::default());
    // In alternation, as the speed of a machine changes from minute to minute.
    for index in 1..=arguments.colds {
        bazel.measure_cold::<Bazel>(&context, index)?;
        cargo.measure_cold::<Cargo>(&context, index)?;
    }
    bazel.measure_warm::<Bazel>(&context, arguments.no_ops, &arguments.dependency)?;
    cargo.measure_warm::<Cargo>(&context, arguments.no_ops, &arguments.dependency)?;
    cli_main::print(format!("{}\n", table::HEADER))?;
    for case in Case::ALL {
        let (bazel, cargo) = (bazel.cost(*case)?, cargo.cost(*case)?);
        let row = table::row(case.name(), &bazel, &cargo);
        cli_main::print(format!("{row}\n"))?;
    }
    Ok(())
}
