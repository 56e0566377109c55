//! `write-sidecar` and `check-sidecar`: write and verify the file with the digest of one artifact.

use std::path::PathBuf;

use anyhow::Result;
use fastboop_files::{Cause, Error, file};
use stage0_artifact::{read_artifact, sidecar};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The stage0 artifact, for the target in its name if that is a release asset's, otherwise for
    /// aarch64-unknown-linux-musl
    #[arg(long, value_name = "FILE")]
    artifact: PathBuf,
    /// The sidecar, which contains `<digest>  <name>`. It does not change on failure
    #[arg(long, value_name = "FILE")]
    sidecar: PathBuf,
}

/// Writes the sidecar. Returns a summary.
pub fn write(arguments: &Arguments) -> Result<String> {
    let (artifact, _) = read_artifact(&arguments.artifact, None)?;
    let text = sidecar::format(artifact.sha256, artifact.target);
    file::write_atomic(&arguments.sidecar, text.as_bytes(), false)?;
    Ok(format!(
        "{}: {}",
        arguments.sidecar.display(),
        text.trim_end()
    ))
}

/// Compares the artifact with the sidecar. Returns a summary.
pub fn check(arguments: &Arguments) -> Result<String> {
    let expected = sidecar::read(&arguments.sidecar)?;
    let (artifact, _) = read_artifact(&arguments.artifact, None)?;
    let found = artifact.sha256;
    if found != expected {
        return Err(Error::new(&arguments.artifact, Cause::OtherDigest { found, expected }).into());
    }
    let (artifact, sidecar) = (arguments.artifact.display(), arguments.sidecar.display());
    Ok(format!("{artifact}: matches {sidecar}"))
}
