//! `link-check`: shows from Bazel's action graph that no C toolchain takes part in a musl binary, and that the host's cc links
//! only what runs during the build.
//!
//! ```sh
//! tools/bazel aquery 'mnemonic("Rustc", deps(//:fastboop-cli))' --output=jsonproto >actions.json
//! link-check actions.json
//! ```

mod action_graph;
mod check;

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use action_graph::ActionGraph;
use clap::Parser;

/// Show from Bazel's action graph that no C toolchain takes part in a musl binary.
#[derive(Parser)]
#[command(name = "link-check", version)]
struct Arguments {
    /// What `bazel aquery --output=jsonproto` printed, for Rustc actions
    #[arg(value_name = "FILE")]
    actions: PathBuf,
}

fn main() -> ExitCode {
    let path = Arguments::parse().actions;
    match read(&path) {
        Ok(graph) => {
            let report = check::check(&graph);
            println!("{report}");
            if report.holds() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(message) => {
            eprintln!("error: {}: {message}", path.display());
            ExitCode::FAILURE
        }
    }
}

fn read(path: &Path) -> Result<ActionGraph, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    serde_json::from_reader(BufReader::new(file)).map_err(|error| error.to_string())
}
