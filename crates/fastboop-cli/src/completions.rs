//! `fastboop completions`: prints the completion script for a shell.

use clap::{Args, Command};
use clap_complete::Shell;

/// The arguments of `fastboop completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fastboop completions bash > ~/.local/share/bash-completion/completions/fastboop
  fastboop completions fish > ~/.config/fish/completions/fastboop.fish")]
pub struct Arguments {
    /// The shell to print completions for
    shell: Shell,
}

/// Prints the completions.
pub fn run(arguments: &Arguments, mut command: Command) -> anyhow::Result<()> {
    // Into memory first: clap_complete panics if it cannot write, for example to a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "fastboop", &mut script);
    cli_main::print(script)
}
