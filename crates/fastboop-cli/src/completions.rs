//! `fastboop completions`: what a shell needs to complete fastboop's command line.

use clap::{Args, Command};
use clap_complete::Shell;

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
pub fn run(arguments: &Arguments, mut command: Command) -> anyhow::Result<()> {
    // Into memory first: written straight to standard output, a closed pipe would be a panic.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "fastboop", &mut script);
    cli_main::print(script)
}
