//! `bake` and `check-sidecar`: the digest of one artifact, as it is checked in.

use std::path::PathBuf;

use fastboop_files::{Cause, file};
use stage0_artifact::{read_artifact, sidecar};

use crate::{Failure, Report};

/// What can be said to `bake` and `check-sidecar`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The stage0 artifact. It is checked for the target in its name, if that is a release asset's,
    /// else for aarch64-unknown-linux-musl
    #[arg(long, value_name = "FILE")]
    artifact: PathBuf,
    /// The sidecar: `<digest>  <name>`; replaced as a whole, or not touched on failure
    #[arg(long, value_name = "FILE")]
    sidecar: PathBuf,
}

/// Writes the sidecar.
pub fn bake(arguments: &Arguments) -> Result<Report, Failure> {
    let (artifact, _) = read_artifact(&arguments.artifact, None)?;
    let text = sidecar::format(artifact.sha256, artifact.target);
    file::write_atomic(&arguments.sidecar, text.as_bytes(), false)?;
    Ok(format!("{}: {}", arguments.sidecar.display(), text.trim_end()).into())
}

/// Compares the artifact with the sidecar.
pub fn check(arguments: &Arguments) -> Result<Report, Failure> {
    let wanted = sidecar::read(&arguments.sidecar)?;
    let (artifact, _) = read_artifact(&arguments.artifact, None)?;
    let found = artifact.sha256;
    if found != wanted {
        let cause = Cause::OtherDigest { found, wanted };
        return Err(fastboop_files::Error::new(&arguments.artifact, cause).into());
    }
    let (artifact, sidecar) = (arguments.artifact.display(), arguments.sidecar.display());
    Ok(format!("{artifact}: matches {sidecar}").into())
}
