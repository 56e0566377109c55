//! Verifies a release's directory: every asset is there, matches its name and its digest, and is
//! signed.

mod contents;
mod names;
mod sboms;
mod sums;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cli_main::{Errors, warning};
use fastboop_files::{SUMS_NAME, Sums};

pub use contents::stage0_problems;

use crate::assets::{PLAN, SIGNATURE};
use crate::plan::Plan;
use crate::version::Version;
use crate::{digests, signature};

/// A release to verify.
struct Release {
    directory: PathBuf,
    plan: Plan,
    version: Version,
    /// The paths of all files in the directory, relative to it.
    names: BTreeSet<String>,
    /// The digests of those that SHA256SUMS has to list; an error if the directory is not flat.
    digests: Result<Sums>,
}

impl Release {
    fn open(directory: &Path) -> Result<Release> {
        let path = directory.join(PLAN);
        let bytes = digests::read(&path)?;
        let context = || format!("{}: not the plan of a release", path.display());
        let plan: Plan = serde_json::from_slice(&bytes).with_context(context)?;
        let version = plan.version.parse().with_context(context)?;
        let mut names = BTreeSet::new();
        for file in digests::files(directory)? {
            let name = file.strip_prefix(directory).unwrap_or(&file);
            names.insert(name.to_string_lossy().into_owned());
        }
        Ok(Release {
            directory: directory.to_owned(),
            plan,
            version,
            names,
            digests: digests::of_release(directory),
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// A problem with the file `name`.
    fn problem(&self, name: &str, text: &str) -> String {
        format!("{}: {text}", self.path(name).display())
    }
}

/// Verifies everything in `directory`, the signature with the public key `key`. Returns a summary,
/// or fails with every problem.
pub fn run(directory: &Path, key: Option<&Path>) -> Result<String> {
    let release = Release::open(directory)?;
    let mut problems = names::problems(&release);
    problems.extend(sums::problems(&release));
    problems.extend(signature_problem(&release, key));
    problems.extend(contents::problems(&release));
    problems.extend(sboms::problems(&release));
    Errors::check(problems)?;
    if key.is_none() {
        let text = "the signature was not verified; use --key, or see docs/release.md";
        warning(format_args!("{SIGNATURE}: {text}"));
    }
    if !release.plan.packages {
        warning("WITHOUT PACKAGES: no .deb, no .rpm; not for publishing");
    }
    Ok(format!(
        "{}: fastboop {}, all {} files are in order\n",
        directory.display(),
        release.version,
        release.names.len()
    ))
}

fn signature_problem(release: &Release, key: Option<&Path>) -> Option<String> {
    if !release.names.contains(SIGNATURE) {
        return Some(release.problem(SIGNATURE, "missing; sign SHA256SUMS"));
    }
    let result = signature::verify(&release.path(SUMS_NAME), &release.path(SIGNATURE), key?);
    result.err().map(|error| format!("{error:#}"))
}
