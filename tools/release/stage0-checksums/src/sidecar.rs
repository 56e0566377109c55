//! `write-sidecar` and `check-sidecar`: write and verify the file with the digest of one artifact.

use std::path::PathBuf;

use anyhow::{Context, Result};
use fastboop_files::{Cause, Error, file};
use stage0_artifact::{read_release_artifact, sidecar};

use crate::stdio;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The stage0 artifact, for the target in its name if that is a release asset's, otherwise for
    /// aarch64-unknown-linux-musl. It must have the metadata of a stage0
    #[arg(long, value_name = "FILE")]
    artifact: PathBuf,
    /// The sidecar, which contains `<digest>  <name>`, or - for standard output or input. It does not
    /// change on failure
    #[arg(long, value_name = "FILE")]
    sidecar: PathBuf,
}

/// Writes the sidecar. Returns the text to print: its content or a summary.
pub fn write(Arguments { artifact, sidecar }: &Arguments) -> Result<Vec<u8>> {
    let (found, _) = read_release_artifact(artifact, None)?;
    let text = sidecar::format(found.sha256, found.target);
    if stdio::is_stdio(sidecar) {
        return Ok(text.into_bytes());
    }
    sidecar::check_name(sidecar, found.target)?;
    file::check_output(sidecar, artifact)?;
    file::write_atomic(sidecar, text.as_bytes(), false)?;
    Ok(format!("{}: {text}", sidecar.display()).into_bytes())
}

/// Compares the artifact with the sidecar. Returns a summary.
pub fn check(arguments: &Arguments) -> Result<Vec<u8>> {
    let (artifact, _) = read_release_artifact(&arguments.artifact, None)?;
    let expected = match stdio::is_stdio(&arguments.sidecar) {
        true => sidecar::parse(&stdio::read()?, artifact.target).context("standard input")?,
        false => sidecar::read(&arguments.sidecar, artifact.target)?,
    };
    let found = artifact.sha256;
    if found != expected {
        return Err(Error::new(&arguments.artifact, Cause::OtherDigest { found, expected }).into());
    }
    let (artifact, sidecar) = (arguments.artifact.display(), arguments.sidecar.display());
    Ok(format!("{artifact}: matches {sidecar}\n").into_bytes())
}
