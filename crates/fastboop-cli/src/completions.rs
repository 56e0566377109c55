//! `fastboop completions`: what a shell needs to complete fastboop's command line.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::{Error, output};

/// What `fastboop completions` takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fastboop completions bash > ~/.local/share/bash-completion/completions/fastboop
  fastboop completions fish > ~/.config/fish/completions/fastboop.fish")]
pub struct Arguments {
    /// The shell to print them for
    shell: Shell,
}

/// Prints the completions.
pub fn run(arguments: &Arguments) -> Result<(), Error> {
    // Into memory first: written straight to standard output, a closed pipe would be a panic.
    let mut script = Vec::new();
    let mut command = crate::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "fastboop", &mut script);
    Ok(output::print(&script)?)
}
