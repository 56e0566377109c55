//! Verifies the directory of a release: every asset is present, matches its name and its digest, and
//! is signed.

mod contents;
mod names;
mod release;
mod sboms;
mod sums;

use std::path::Path;

use anyhow::Result;
use cli_main::{Errors, warning};
use fastboop_files::SUMS_NAME;

pub use contents::find_stage0_problems;

use self::release::Release;
use crate::assets::SIGNATURE;
use crate::signature;

/// Verifies everything in `directory`, the signature with the public key `key`. Returns a summary,
/// or fails with every problem.
pub fn run(directory: &Path, key: Option<&Path>) -> Result<String> {
    let release = Release::open(directory)?;
    let mut problems = names::find_problems(&release);
    problems.extend(sums::find_problems(&release));
    problems.extend(find_signature_problem(&release, key));
    problems.extend(contents::find_problems(&release));
    problems.extend(sboms::find_problems(&release));
    Errors::check(problems)?;
    if key.is_none() {
        let text = "the signature was not verified; use --key, or see docs/release.md";
        warning(format_args!("{SIGNATURE}: {text}"));
    }
    if !release.plan.packages {
        warning("WITHOUT PACKAGES: no .deb, no .rpm; not for publishing");
    }
    Ok(format!(
        "{}: fastboop {}, all {} files are valid\n",
        directory.display(),
        release.version,
        release.names.len()
    ))
}

fn find_signature_problem(release: &Release, key: Option<&Path>) -> Option<String> {
    if !release.names.contains(SIGNATURE) {
        return Some(release.problem(SIGNATURE, "missing; sign SHA256SUMS"));
    }
    let result = signature::verify(&release.path(SUMS_NAME), &release.path(SIGNATURE), key?);
    result.err().map(|error| format!("{error:#}"))
}
