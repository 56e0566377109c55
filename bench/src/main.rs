//! The benchmarks. All but `setup` measure fastboop and its peers in the same run, and print a Markdown table with ratios. They run in the
//! Debian root, which contains the peers. `setup` measures how long that root takes, and runs outside:
//!
//! ```sh
//! tools/bazel run -c opt //bench -- boot
//! tools/bazel run -c opt //bench -- fastboot
//! tools/bazel run -c opt //bench -- images
//! tests/vm/usb-root/build-peers && tools/bazel run -c opt //bench -- usb-root
//! tools/debian/run cargo run -p bench -- build
//! cargo run -p bench -- setup
//! ```

mod boot;
mod build;
mod fastboot;
mod images;
mod machine;
mod median;
mod setup;
mod usage;
mod usb_root;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measure fastboop and its peers in the same run; print a Markdown table.
#[derive(Debug, Parser)]
#[command(name = "bench", version)]
struct Arguments {
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Debug, Subcommand)]
enum Benchmark {
    /// Compare stage0 and its initramfs with those of dracut and initramfs-tools
    Boot(boot::Arguments),
    /// Compare builds by Bazel with builds by Cargo
    Build(build::Arguments),
    /// Compare downloads with those of Android's client, and boot images with gzip
    Fastboot(fastboot::Arguments),
    /// Compare the reading of disk images with the programs of each format
    Images(images::Arguments),
    /// Measure the first commands on a machine without a Debian root
    Setup(setup::Arguments),
    /// Compare the root over USB with smoo's
    UsbRoot(usb_root::Arguments),
}

fn main() -> ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.benchmark {
        Benchmark::Boot(arguments) => boot::run(&arguments),
        Benchmark::Build(arguments) => build::run(&arguments),
        Benchmark::Fastboot(arguments) => fastboot::run(&arguments),
        Benchmark::Images(arguments) => images::run(&arguments),
        Benchmark::Setup(arguments) => setup::run(&arguments),
        Benchmark::UsbRoot(arguments) => usb_root::run(&arguments),
    }
}
