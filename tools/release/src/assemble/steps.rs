//! The steps of a release, in their order.

mod archives;
mod build;
mod crates;
mod documents;
mod packages;
mod source;
mod sums;

use std::path::{Path, PathBuf};

use anyhow::Result;
use fastboop_files::file;

use crate::digests;

use super::Rehearsal;

/// One step. It can be run again: what it left before is replaced.
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// What it does, for those who watch.
    pub what: &'static str,
    /// Does it, and returns the files and directories that it made.
    pub run: fn(&Rehearsal) -> Result<Vec<PathBuf>>,
}

/// Every step. What is published is what Bazel built, and nothing is made of a stage0 before
/// preflight passed it; the provenance names all assets before it, and SHA256SUMS every one.
pub const STEPS: [Step; 12] = [
    step("build", "stage0 and fastboop, with Bazel", build::build),
    step("preflight", "every check of stage0", build::preflight),
    step("source", "the sources as committed", source::archive),
    step("sidecar", "its digest, into a copy", source::bake),
    step("manuals", "manual page and completions", archives::manuals),
    step("archives", "fastboop for each host", archives::hosts),
    step("crates", "what Cargo publishes", crates::package),
    step("packages", ".deb and .rpm", packages::make),
    step("documents", "bills of materials, plan", documents::make),
    step(
        "provenance",
        "what all was made from",
        documents::provenance,
    ),
    step("sums", "SHA256SUMS, over all", sums::write),
    step("signature", "of SHA256SUMS", sums::sign),
];

const fn step(
    name: &'static str,
    what: &'static str,
    run: fn(&Rehearsal) -> Result<Vec<PathBuf>>,
) -> Step {
    Step { name, what, run }
}

/// Copies a file that a program made.
fn copy(from: &Path, to: &Path, executable: bool) -> Result<()> {
    Ok(file::write_atomic(to, &digests::read(from)?, executable)?)
}

/// Writes a file, and returns its path.
fn write(path: PathBuf, bytes: &[u8]) -> Result<PathBuf> {
    file::write_atomic(&path, bytes, false)?;
    Ok(path)
}
