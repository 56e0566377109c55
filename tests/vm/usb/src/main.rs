//! Tests of fastboot over USB. They run as root in a VM whose `dummy_hcd` connects a gadget of the VM with the VM itself.

mod access;
mod after_boot;
mod android;
mod listing;
mod naive;
mod phone;
mod protocol;
mod rates;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use clap::{Parser, Subcommand};
use cli_main::Errors;

/// Tests fastboot over USB.
#[derive(Debug, Parser)]
#[command(name = "usb-tests")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the tests, all of them or those whose names contain a text
    Run(Setup),
    /// Measure the rate of downloads
    Rates(rates::Arguments),
    /// Test Android's client against devices over UDP and TCP, without a VM
    Networks {
        /// Android's client
        #[arg(long)]
        fastboot: PathBuf,
        /// An Android boot image
        #[arg(long)]
        boot_image: PathBuf,
    },
    /// Open the only device, and hold it until standard input ends
    Hold,
}

/// What the tests run with.
#[derive(Debug, clap::Args)]
struct Setup {
    /// The speed of dummy_hcd: full, high or super
    #[arg(long)]
    speed: String,
    /// The program fastboop
    #[arg(long)]
    fastboop: PathBuf,
    /// Android's client
    #[arg(long)]
    fastboot: PathBuf,
    /// An Android boot image
    #[arg(long)]
    boot_image: PathBuf,
    /// A part of the names of the tests
    #[arg(default_value = "")]
    name: String,
}

type Test = (&'static str, fn(&Setup) -> anyhow::Result<()>);

fn main() -> ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.command {
        Command::Run(setup) => run_tests(&setup),
        Command::Rates(arguments) => rates::run(&arguments),
        Command::Networks {
            fastboot,
            boot_image,
        } => android::run_over_networks(&fastboot, &boot_image),
        Command::Hold => access::hold(),
    }
}

fn run_tests(setup: &Setup) -> anyhow::Result<()> {
    let groups = [
        listing::TESTS,
        protocol::TESTS,
        after_boot::TESTS,
        access::TESTS,
        android::TESTS,
    ];
    let mut failures = Vec::new();
    for (name, test) in groups.concat() {
        if !name.contains(&setup.name) {
            continue;
        }
        let start = Instant::now();
        let result = test(setup).with_context(|| format!("{name} failed"));
        let seconds = start.elapsed().as_secs_f32();
        match result {
            Ok(()) => cli_main::note(format_args!("usb-tests: {name} passed, {seconds:.1} s")),
            Err(error) => {
                cli_main::note(format_args!("usb-tests: {error:#}"));
                failures.push(error);
            }
        }
    }
    Errors::check(failures)?;
    cli_main::note("usb-tests: all passed");
    Ok(())
}
