//! Checks a release's directory: that every asset is there, is what its name says, and was signed.

mod contents;
mod documents;
mod names;
mod sums;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub use contents::in_stage0;

use crate::assets::{PLAN, SIGNATURE};
use crate::plan::Plan;
use crate::version::Version;
use crate::{digests, signature};

/// A release that is looked at.
struct Release {
    directory: PathBuf,
    plan: Plan,
    version: Version,
    /// All that is in the directory.
    names: BTreeSet<String>,
}

impl Release {
    fn open(directory: &Path) -> Result<Release> {
        let path = directory.join(PLAN);
        let bytes = digests::read(&path)?;
        let what = || format!("{}: not a plan of a release", path.display());
        let plan: Plan = serde_json::from_slice(&bytes).with_context(what)?;
        let version = plan.version.parse().with_context(what)?;
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
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// What is to be said of a release that is in order.
#[derive(Debug)]
pub struct Report {
    /// What was not checked, or is not as it should be for publishing.
    pub warnings: Vec<String>,
    /// What was checked, in one line.
    pub summary: String,
}

/// Checks everything in `directory`, the signature with the public key `key`.
///
/// Fails with everything that is wrong, a line each.
pub fn run(directory: &Path, key: Option<&Path>) -> Result<Report, Vec<String>> {
    let release = Release::open(directory).map_err(|error| vec![format!("{error:#}")])?;
    let mut problems = names::problems(&release);
    problems.extend(sums::problems(&release));
    problems.extend(signature_problem(&release, key));
    problems.extend(contents::problems(&release));
    problems.extend(documents::problems(&release));
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut warnings = Vec::new();
    if key.is_none() {
        let text = "the signature was not checked; give --key, or see docs/release.md";
        warnings.push(format!("{SIGNATURE}: {text}"));
    }
    if !release.plan.packages {
        warnings.push("WITHOUT PACKAGES: no .deb, no .rpm; not for publishing".to_owned());
    }
    let summary = format!(
        "{}: fastboop {}, all {} files are in order",
        directory.display(),
        release.version,
        release.names.len()
    );
    Ok(Report { warnings, summary })
}

fn signature_problem(release: &Release, key: Option<&Path>) -> Option<String> {
    let bundle = release.path(SIGNATURE);
    if !bundle.is_file() {
        let text = "missing; sign SHA256SUMS";
        return Some(format!("{}: {text}", bundle.display()));
    }
    let list = release.path(fastboop_files::SUMS_NAME);
    let result = signature::verify(&list, &bundle, key?);
    result.err().map(|error| format!("{error:#}"))
}
