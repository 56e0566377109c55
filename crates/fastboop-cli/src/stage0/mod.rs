//! `fastboop stage0`: the embedded stage0, and initramfs images.

mod extract;
mod image_modules;
mod info;
mod initramfs;
mod inspect;

use clap::Subcommand;

/// The subcommands of `fastboop stage0`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the target, size, digest and version of the embedded stage0
    Info(info::Arguments),
    /// Write the embedded stage0 to a file
    Extract(extract::Arguments),
    /// Write an initramfs with a stage0 as /init, kernel modules, settings and files
    Initramfs(Box<initramfs::Arguments>),
    /// List the files in any initramfs
    Inspect(inspect::Arguments),
}

/// Runs a subcommand.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Info(arguments) => info::run(&arguments),
        Command::Extract(arguments) => extract::run(&arguments),
        Command::Initramfs(arguments) => initramfs::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
    }
}
