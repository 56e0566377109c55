//! The sources: as they are committed, and a copy with what a release adds.

use std::fs::{self, File};
use std::path::PathBuf;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use stage0_artifact::{Target, read_artifact, sidecar};
use tar::Archive;

use crate::assets;
use crate::plan::SIDECAR;
use crate::program;
use crate::rehearse::Rehearsal;

use super::write;

/// The record of what stage0 was built from, beside the sidecar (docs/cargo.md, "if-unchanged").
const INPUTS: &str = "crates/fastboop-stage0-generator/stage0-aarch64.inputs.sha256sum";

/// Packs what is committed and the crates it needs, as packages are built from them, and unpacks
/// the former: that is the copy.
pub fn archive(rehearsal: &Rehearsal) -> Result<Vec<PathBuf>> {
    let Rehearsal {
        checkout, version, ..
    } = rehearsal;
    let assets = rehearsal.assets();
    let mut packaging = checkout.program(checkout.top.join("packaging/build"));
    packaging.args(["source", "--version", &version.to_string()]);
    program::run(packaging.arg("--out").arg(&assets))?;

    let sources = assets.join(assets::source_archive(version));
    let copy = rehearsal.scratch("source")?;
    fs::remove_dir_all(&copy).with_context(|| copy.display().to_string())?;
    let tar = GzDecoder::new(File::open(&sources)?);
    Archive::new(tar)
        .unpack(&copy)
        .with_context(|| sources.display().to_string())?;
    Ok(vec![sources, assets.join(assets::vendor_archive(version))])
}

/// Writes the digest of the stage0 that Cargo builds download into the copy, and that of what it was
/// built from.
pub fn bake(rehearsal: &Rehearsal) -> Result<Vec<PathBuf>> {
    let asset = rehearsal.assets().join(Target::DEFAULT.asset_name());
    let (artifact, _) = read_artifact(&asset, None)?;
    let text = sidecar::format(artifact.sha256, artifact.target);
    let sources = rehearsal.sources();
    let mut inputs = rehearsal.checkout.bazel();
    inputs.args(["run", "//tools/stage0-checksums", "--", "inputs"]);
    let digest = program::output(inputs.arg(sources.join("stage0/Cargo.toml")))?;
    Ok(vec![
        write(sources.join(SIDECAR), text.as_bytes())?,
        write(sources.join(INPUTS), &digest)?,
    ])
}
