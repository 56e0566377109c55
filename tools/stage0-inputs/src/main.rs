//! Prints the digest of what stage0 is built from, as it is recorded beside the sidecar.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use stage0_source::prebuilt;

/// Prints `<digest>  stage0`, a digest of all files that stage0 is built from. A release keeps it in
/// crates/fastboop-stage0-generator/stage0-aarch64.inputs.sha256sum.
#[derive(Debug, Parser)]
#[command(name = "stage0-inputs", version)]
struct Arguments {
    /// Print the files themselves, one a line
    #[arg(long)]
    list: bool,
    /// stage0's Cargo.toml
    manifest: PathBuf,
}

fn main() -> ExitCode {
    match print(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let text = if arguments.list {
        let files = prebuilt::inputs(&arguments.manifest)?;
        files
            .iter()
            .map(|file| format!("{}\n", file.display()))
            .collect()
    } else {
        format!("{}  stage0\n", prebuilt::digest(&arguments.manifest)?)
    };
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
