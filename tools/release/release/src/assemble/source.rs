//! The steps `source` and `sidecar`: the sources as committed, and a copy with the sidecar.

use std::fs::File;

use anyhow::{Context as _, Result};
use flate2::read::GzDecoder;
use stage0_artifact::{Target, inputs, read_release_artifact, sidecar};
use tar::Archive;

use super::context::{Context, write};
use crate::plan::SIDECAR;
use crate::{assets, program};

/// The file with the digest of stage0's inputs, beside the sidecar (docs/cargo.md, "if-unchanged").
const INPUTS: &str = "crates/fastboop-stage0-generator/stage0-aarch64.inputs.sha256sum";

/// Packs the committed sources and the crates that they depend on. Packages are built from these.
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

/// Writes two digests to the copy: that of the stage0 that Cargo builds download, and that of its
/// inputs.
pub fn write_sidecar(context: &Context) -> Result<()> {
    let asset = context.dir.asset(&Target::DEFAULT.asset_name());
    let (artifact, _) = read_release_artifact(&asset, None)?;
    let sources = context.dir.sources(&context.version);
    let text = sidecar::format(artifact.sha256, artifact.target);
    write(&sources.join(SIDECAR), text.as_bytes())?;
    let digest = inputs::digest(&sources.join("stage0/Cargo.toml"))?;
    write(
        &sources.join(INPUTS),
        format!("{digest}  stage0\n").as_bytes(),
    )
}
