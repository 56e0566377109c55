//! fastboop's command line.
//!
//! This file defines the command line; each subcommand is in its own module. `cli_main` prints errors and
//! sets the exit code.

mod boot;
mod bootimg;
mod completions;
mod detect;
mod exit;
mod image;
mod key_value;
mod man;
mod mode;
mod profile;
mod progress;
mod serve;
mod stage0;
mod terminal;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// Boots a device over USB with an embedded stage0.
#[derive(Debug, Parser)]
#[command(name = "fastboop", version, arg_required_else_help = true)]
#[command(after_help = "Examples:
  fastboop detect                      list the devices in fastboot mode
  fastboop boot debian.img             boot the device that is connected
  fastboop serve debian.img            serve its root to a device that booted already
  fastboop image inspect debian.img    describe a disk image
  fastboop profile list                list the devices that are known
  fastboop bootimg inspect boot.img    describe an Android boot image
  fastboop stage0 info                 describe the embedded stage0
  fastboop stage0 extract -o stage0    write it to a file
  fastboop stage0 initramfs --set root=LABEL=rootfs -o initramfs.img
  fastboop stage0 inspect initramfs.img
  fastboop completions bash            print completions for bash")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    // A comment here would replace the long description.
    Detect(detect::Arguments),
    /// Boot a device with an image, without writing to the device
    Boot(Box<boot::Arguments>),
    Serve(Box<serve::Arguments>),
    /// Describe a disk image, or read files in it
    #[command(subcommand)]
    Image(image::Command),
    /// List, print or check the profiles of devices
    #[command(subcommand)]
    Profile(profile::Command),
    /// Describe an Android boot image, or unpack it
    #[command(subcommand)]
    Bootimg(bootimg::Command),
    /// Describe or extract the embedded stage0, or write an initramfs with it
    #[command(subcommand)]
    Stage0(stage0::Command),
    /// Print completions for a shell
    Completions(completions::Arguments),
    /// Write the manual pages
    #[command(hide = true)]
    Man(man::Arguments),
}

fn main() -> ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        Command::Serve(arguments) => return serve::run(&arguments),
        Command::Detect(arguments) => detect::run(&arguments),
        Command::Boot(arguments) => return boot::run(&arguments),
        Command::Image(command) => image::run(command),
        Command::Profile(command) => profile::run(command),
        Command::Bootimg(command) => bootimg::run(command),
        Command::Stage0(command) => stage0::run(command),
        Command::Completions(arguments) => completions::run(&arguments, Arguments::command()),
        Command::Man(arguments) => man::run(&arguments, Arguments::command()),
    }?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
