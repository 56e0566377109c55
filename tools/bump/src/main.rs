//! Moves the pins of the build's inputs.
//!
//! This file says what can be typed. Each subcommand has a module of its own, which stages what is to change or refuses; only when
//! docs/inputs.md could be made of the result is anything written.

mod action;
mod bazel;
mod change;
mod crates;
mod npm;
mod rules;
mod rust;
mod scratch;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use pins::{Error, Tree, listing, metadata};

use crate::change::Change;

/// Moves the pins of the build's inputs, shows what changed, and writes docs/inputs.md anew.
///
/// Never lowers a check: no older version, no other digest for the same version, no pin without its digest, no crate that needs a newer
/// Rust than Cargo.toml declares. To go back to an older version, revert the commit that moved it.
#[derive(Debug, Parser)]
#[command(name = "bump", version, arg_required_else_help = true)]
#[command(
    after_help = "Exit code: 0 moved or nothing to move, 1 refused or failed (nothing was written), 2 the command line was not understood."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Show what would change, and write nothing
    #[arg(long, global = true)]
    dry_run: bool,
    /// The checkout
    #[arg(long, global = true, value_name = "DIRECTORY", default_value = ".")]
    root: PathBuf,
    /// What `cargo metadata --format-version=1` printed for the workspace in that directory of the checkout, `.` for the top; without
    /// this cargo is asked
    #[arg(long, global = true, value_name = "DIRECTORY=FILE", value_parser = metadata::parse_given)]
    metadata: Vec<(String, PathBuf)>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Rust, in MODULE.bazel; Cargo.toml's rust-version, the oldest Rust that will do, stays
    Rust(rust::Arguments),
    /// A Bazel module, in MODULE.bazel
    Rules(rules::Arguments),
    /// Crates, in every Cargo.lock, as far as each Cargo.toml and the declared oldest Rust allow
    Crates(crates::Arguments),
    /// A GitHub Action, in every workflow that uses it
    Action(action::Arguments),
    /// Bazel, in .bazelversion and tools/bazel.sha256
    Bazel(bazel::Arguments),
    /// An npm package that checks run, in .ci/npm.txt
    Npm(npm::Arguments),
    /// Says why there is nothing to move
    Kernel,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let errors = match run(&arguments) {
        Ok(text) if std::io::stdout().write_all(text.as_bytes()).is_ok() => {
            return ExitCode::SUCCESS;
        }
        Ok(_) => Vec::new(),
        Err(errors) => errors,
    };
    for error in errors {
        let _ = writeln!(std::io::stderr(), "error: {error}");
    }
    ExitCode::FAILURE
}

fn run(arguments: &Arguments) -> Result<String, Vec<Error>> {
    let one = |error| vec![error];
    let mut tree = Tree::open(&arguments.root).map_err(one)?;
    let mut crates = None;
    let changes = match &arguments.command {
        Command::Rust(given) => rust::run(&mut tree, given),
        Command::Rules(given) => rules::run(&mut tree, given),
        Command::Crates(given) => crates::run(&mut tree, given).map(|(changes, updated)| {
            crates = Some(updated);
            changes
        }),
        Command::Action(given) => action::run(&mut tree, given),
        Command::Bazel(given) => bazel::run(&mut tree, given),
        Command::Npm(given) => npm::run(&mut tree, given),
        Command::Kernel => Err(Error::new(
            "kernel",
            "no kernel is pinned, so there is nothing to move: those of the tests are packages of Debian forky, as new as the Debian root, \
             and proved by the archive's signature. For newer ones make the root again: tools/debian/prune --all, then tools/debian/make-root",
        )),
    };
    let changes = changes.map_err(one)?;
    if changes.is_empty() {
        return Ok("nothing to move: the pins are there already\n".into());
    }
    let crates = match crates {
        Some(crates) => crates,
        None => listing::crates(&tree, &arguments.metadata).map_err(one)?,
    };
    let text = listing::make(&tree, &crates)?;
    tree.stage(listing::PATH, text);
    let mut report = Change::table(&changes);
    let files = tree.changed().collect::<Vec<_>>().join(", ");
    if arguments.dry_run {
        report.push_str(&format!(
            "nothing was written; without --dry-run: {files}\n"
        ));
    } else {
        report.push_str(&format!("written: {files}\n"));
        tree.write().map_err(one)?;
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Arguments::command().debug_assert();
    }
}
