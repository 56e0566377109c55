//! `fastboop profile`: the profiles of devices.

mod check;
mod list;
mod remembered;
mod show;

use clap::Subcommand;
use device_profiles::{Directories, Profiles};

pub use remembered::Remembered;

/// The subcommands of `fastboop profile`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the profiles of devices
    List(list::Arguments),
    /// Print a profile with all its values
    Show(show::Arguments),
    /// Check the files of profiles
    Check(check::Arguments),
}

/// Runs a subcommand.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List(arguments) => list::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
    }
}

/// Reads all profiles, and prints a warning for each file that is not used.
pub fn load() -> Profiles {
    let profiles = Profiles::load(&Directories::from_environment().profiles);
    for error in &profiles.errors {
        cli_main::warning(error);
    }
    profiles
}
