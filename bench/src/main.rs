//! The benchmarks: each measures ours and a peer in the same run and prints a Markdown table with ratios. In the Debian root, which
//! has the peers:
//!
//! ```sh
//! tools/bazel run -c opt //bench -- boot
//! tools/debian/run cargo run -p bench -- build
//! ```

mod boot;
mod build;
mod median;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measure ours and a peer in the same run; print a Markdown table.
#[derive(Debug, Parser)]
#[command(name = "bench", version)]
struct Arguments {
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Debug, Subcommand)]
enum Benchmark {
    /// stage0 and its initramfs, against those of dracut and initramfs-tools
    Boot(boot::Arguments),
    /// Builds by Bazel, against builds by Cargo
    Build(build::Arguments),
}

fn main() -> ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.benchmark {
        Benchmark::Boot(arguments) => boot::run(&arguments),
        Benchmark::Build(arguments) => build::run(&arguments),
    }
}
