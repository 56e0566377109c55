//! `workflow-check`: checks what only this project can know of its GitHub workflows.
//!
//! The order of jobs and steps, and whether each command accepts its arguments. actionlint and zizmor do the rest (.ci/checks/82-workflows).

mod command;
mod order;
#[cfg(test)]
mod tests;
mod workflow;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use cli_main::Errors;
use command::Call;
use workflow::Workflow;

/// Check the GitHub workflows of a checkout: the order of jobs and steps, and that each command accepts its arguments.
#[derive(Debug, Parser)]
#[command(name = "workflow-check", version)]
struct Arguments {
    /// Only print the labels and flags that the workflows pass to Bazel, one per line
    #[arg(long)]
    bazel: bool,
    /// The checkout
    #[arg(default_value = ".")]
    top: PathBuf,
}

fn main() -> ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let workflows = Workflow::read_all(&arguments.top)?;
    let mut errors = order::check(&workflows);
    let mut calls = Vec::new();
    for workflow in &workflows {
        let (found, invalid) = command::calls(workflow);
        calls.extend(found);
        errors.extend(invalid);
    }
    if arguments.bazel {
        let words: BTreeSet<_> = calls.iter().flat_map(Call::bazel_arguments).collect();
        return cli_main::print(
            words
                .iter()
                .map(|word| format!("{word}\n"))
                .collect::<String>(),
        );
    }
    errors.extend(calls.iter().filter_map(|call| call.dry_run(&arguments.top)));
    Errors::check(errors)?;
    cli_main::print(format!(
        "{} workflows, {} commands: no error\n",
        workflows.len(),
        calls.len()
    ))
}
