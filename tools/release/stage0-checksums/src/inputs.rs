//! `inputs`: prints the digest of the files that stage0 is built from.

use std::path::PathBuf;

use anyhow::Result;
use stage0_artifact::inputs;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Print the paths of the files instead, one per line
    #[arg(long)]
    list: bool,
    /// The Cargo.toml of stage0
    manifest: PathBuf,
}

/// Returns `<digest>  stage0`, which a release records beside the sidecar, or the paths of the files.
pub fn run(Arguments { list, manifest }: &Arguments) -> Result<Vec<u8>> {
    if !list {
        return Ok(format!("{}  stage0\n", inputs::digest(manifest)?).into_bytes());
    }
    let files = inputs::files(manifest)?;
    let lines: Vec<String> = files
        .iter()
        .map(|file| format!("{}\n", file.display()))
        .collect();
    Ok(lines.concat().into_bytes())
}
