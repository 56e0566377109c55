//! Writes docs/inputs.md, the listing of everything that the build takes from outside; or checks it.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use pins::{Error, Tree, listing, metadata};

/// Writes docs/inputs.md from the pins in the tree.
///
/// Fails, and names it, for an input that neither a digest nor a signature pins, for a crate without a licence, and for a licence that
/// tools/pins/policy.toml does not allow. Exit code: 0 all holds, 1 something is wrong, 2 the command line was not understood.
#[derive(Debug, Parser)]
#[command(name = "build-inputs", version)]
struct Arguments {
    /// Write nothing; fail where docs/inputs.md is not what would be written
    #[arg(long)]
    check: bool,
    /// The checkout
    #[arg(long, value_name = "DIRECTORY", default_value = ".")]
    root: PathBuf,
    /// What `cargo metadata --format-version=1` printed for the workspace in that directory of the checkout, `.` for the top; without
    /// this cargo is asked
    #[arg(long, value_name = "DIRECTORY=FILE", value_parser = metadata::parse_given)]
    metadata: Vec<(String, PathBuf)>,
}

fn main() -> ExitCode {
    let (errors, said) = match run(&Arguments::parse()) {
        Ok(said) => (Vec::new(), said),
        Err(errors) => (errors, String::new()),
    };
    for error in &errors {
        let _ = writeln!(std::io::stderr(), "error: {error}");
    }
    if errors.is_empty() && writeln!(std::io::stdout(), "{said}").is_ok() {
        return ExitCode::SUCCESS;
    }
    ExitCode::FAILURE
}

fn run(arguments: &Arguments) -> Result<String, Vec<Error>> {
    let one = |error| vec![error];
    let mut tree = Tree::open(&arguments.root).map_err(one)?;
    let crates = listing::crates(&tree, &arguments.metadata).map_err(one)?;
    let text = listing::make(&tree, &crates)?;
    let line = first_difference(&tree.read(listing::PATH).unwrap_or_default(), &text);
    tree.stage(listing::PATH, text);
    if tree.changed().next().is_none() {
        return Ok(format!("{}: current", listing::PATH));
    }
    if arguments.check {
        let cause =
            "not what the pins say; run build-inputs without --check, and commit what it writes";
        return Err(vec![Error::new(format!("{}:{line}", listing::PATH), cause)]);
    }
    tree.write().map_err(one)?;
    Ok(format!("{}: written", listing::PATH))
}

/// The number of the first line, from 1, that is not the same in both.
fn first_difference(old: &str, new: &str) -> usize {
    let same = old
        .lines()
        .zip(new.lines())
        .take_while(|(old, new)| old == new);
    same.count() + 1
}
