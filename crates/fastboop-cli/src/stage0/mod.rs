//! `fastboop stage0`: the stage0 that is inside this program, and what is made from it.

mod extract;
mod info;
mod initramfs;
mod inspect;

use clap::Subcommand;

/// The subcommands of `fastboop stage0`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show which stage0 is inside: target, size, digest, version
    Info(info::Arguments),
    /// Write the stage0 that is inside to a file
    Extract(extract::Arguments),
    /// Write an initramfs with a stage0 as /init, kernel modules, settings and files
    Initramfs(initramfs::Arguments),
    /// List what is in any initramfs
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
