//! `workflow-check`: checks that the workflows of a checkout keep to the release's order and to the house's rules.
//!
//! What is wrong YAML, a wrong key or a wrong expression is found by actionlint, what is dangerous in general by zizmor. This looks for
//! what only we can know. Exit code: 0 all holds, 1 something does not (a line each), 2 not understood.

mod command;
mod order;
mod rules;
mod workflow;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use command::Call;
use workflow::Workflow;

/// Check the GitHub workflows of this checkout.
#[derive(Debug, Parser)]
#[command(name = "workflow-check", version)]
struct Arguments {
    /// Also start each command of ours, to see whether it understands its arguments; nothing is done beyond that
    #[arg(long)]
    dry_run: bool,
    /// Only print the Bazel labels that the workflows build, for `tools/bazel query`
    #[arg(long, conflicts_with = "dry_run")]
    labels: bool,
    /// Only print the flags that the workflows give to Bazel, for `tools/bazel info`, which takes all of `build` and `test`
    #[arg(long, conflicts_with_all = ["dry_run", "labels"])]
    bazel_flags: bool,
    /// The checkout
    #[arg(default_value = ".")]
    top: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let workflows = match Workflow::read_all(&arguments.top) {
        Ok(workflows) => workflows,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let calls: Vec<Call> = workflows
        .iter()
        .flat_map(|workflow| command::calls(workflow).0)
        .collect();
    if arguments.labels {
        println!("{}", bazel_arguments(&calls, command::is_label).join(" "));
        return ExitCode::SUCCESS;
    }
    if arguments.bazel_flags {
        let is_flag = |word: &str| !command::is_label(word);
        println!("{}", bazel_arguments(&calls, is_flag).join(" "));
        return ExitCode::SUCCESS;
    }
    let mut faults = check(&workflows, &arguments.top);
    if arguments.dry_run {
        faults.extend(
            calls
                .iter()
                .filter_map(|call| command::dry_run(&arguments.top, call)),
        );
    }
    for fault in &faults {
        eprintln!("error: {fault}");
    }
    println!(
        "{} workflows, {} commands, {} faults",
        workflows.len(),
        calls.len(),
        faults.len()
    );
    if faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Everything that can be seen without running anything.
fn check(workflows: &[Workflow], top: &Path) -> Vec<String> {
    let mut faults = order::check(workflows);
    for workflow in workflows {
        faults.extend(rules::check(workflow));
        let (calls, unclear) = command::calls(workflow);
        faults.extend(unclear);
        let file = &workflow.file;
        faults.extend(
            calls
                .iter()
                .filter_map(|call| command::check(top, call))
                .map(|fault| format!("{file}: {fault}")),
        );
    }
    faults
}

/// Those of Bazel's arguments, each once.
fn bazel_arguments(calls: &[Call], wanted: impl Fn(&str) -> bool) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for call in calls {
        let Call::Bazel(arguments) = call else {
            continue;
        };
        for word in arguments {
            if wanted(word) && !found.contains(&word.as_str()) {
                found.push(word);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
