//! The sources: as they are committed, and a copy with the files that a release adds.

use std::fs::File;

use anyhow::{Context as _, Result};
use flate2::read::GzDecoder;
use stage0_artifact::{Target, inputs, read_artifact, sidecar};
use tar::Archive;

use super::context::{Context, write};
use crate::plan::SIDECAR;
use crate::{assets, program};

/// The digest of what stage0 was built from, beside the sidecar (docs/cargo.md, "if-unchanged").
const INPUTS: &str = "crates/fastboop-stage0-generator/stage0-aarch64.inputs.sha256sum";

/// Packs what is committed and the crates that it depends on, as packages are built from them.
pub fn archive(context: &Context) -> Result<()> {
    let Context {
        checkout, version, ..
    } = context;
    let mut packaging = checkout.program(checkout.top.join("packaging/build"));
    packaging.args(["source", "--version", &version.to_string()]);
    program::run(packaging.arg("--out").arg(context.dir.join("assets")))?;

    let sources = context.dir.asset(&assets::source_archive(version));
    let file = File::open(&sources);
    let file = file.with_context(|| format!("{}: cannot read", sources.display()))?;
    Archive::new(GzDecoder::new(file))
        .unpack(context.dir.create("source")?)
        .with_context(|| format!("{}: cannot unpack", sources.display()))
}

/// Writes the digest of the stage0 that Cargo builds download to the copy, and that of its inputs.
pub fn write_sidecar(context: &Context) -> Result<()> {
    let asset = context.dir.asset(&Target::DEFAULT.asset_name());
    let (artifact, _) = read_artifact(&asset, None)?;
    let sources = context.dir.sources(&context.version);
    let text = sidecar::format(artifact.sha256, artifact.target);
    write(&sources.join(SIDECAR), text.as_bytes())?;
    let digest = inputs::digest(&sources.join("stage0/Cargo.toml"))?;
    write(
        &sources.join(INPUTS),
        format!("{digest}  stage0\n").as_bytes(),
    )
}
