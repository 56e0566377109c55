//! The report on all artifacts, and its formats.

mod github;
mod json;
mod text;

use std::path::{Path, PathBuf};

use fastboop_files::{Cause, file};
use stage0_artifact::Target;
use stage0_artifact::checks::{self, Check, Finding, Outcome, Requirements};

pub use github::{annotations, append_summary};
pub use json::json;
pub use text::text;

use crate::execute::Runner;

/// The result of a run.
pub struct Result {
    /// One report for each artifact, and one for each required target without an artifact.
    pub artifacts: Vec<Report>,
    /// Files that are not artifacts because of their extension.
    pub skipped_files: Vec<PathBuf>,
    /// Whether warnings are failures.
    pub strict: bool,
}

impl Result {
    /// Whether no check failed.
    pub fn passed(&self) -> bool {
        self.artifacts
            .iter()
            .all(|artifact| artifact.passed(self.strict))
    }
}

/// The findings on one artifact.
pub struct Report {
    /// `None` for a required target without an artifact.
    pub path: Option<PathBuf>,
    /// `None` if the file's name contains no target.
    pub target: Option<Target>,
    /// One for each of [`Check::ALL`], in that order.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Makes all checks on the file at `path`.
    pub fn create(
        path: &Path,
        target: Target,
        requirements: &Requirements,
        runner: &Runner,
    ) -> Report {
        let bytes = match file::read(path) {
            Ok(bytes) => bytes,
            // It exists; the check `not-empty` fails.
            Err(error) if matches!(error.cause, Cause::Empty) => Vec::new(),
            Err(error) => {
                let findings = findings_until(Check::Exists, error.cause.to_string());
                return Report::new(Some(path), Some(target), findings);
            }
        };
        let mut findings = vec![
            Finding::new(Check::Name, Ok(())),
            Finding::new(Check::Exists, Ok(())),
        ];
        findings.extend(checks::run(&bytes, target, requirements));
        findings.push(runner.check(&bytes, target, &findings));
        Report::new(Some(path), Some(target), findings)
    }

    /// The report on a required target that has no file.
    pub fn missing(target: Target) -> Report {
        let name = target.asset_name();
        let reason = format!(
            "{name} is required, but not among the paths; add it (tools/bazel build //stage0:{name})"
        );
        Report::new(None, Some(target), findings_until(Check::Exists, reason))
    }

    /// The report on a file of unknown target.
    pub fn without_target(path: &Path, reason: &str) -> Report {
        Report::new(
            Some(path),
            None,
            findings_until(Check::Name, reason.to_owned()),
        )
    }

    fn new(path: Option<&Path>, target: Option<Target>, findings: Vec<Finding>) -> Report {
        let path = path.map(Path::to_owned);
        Report {
            path,
            target,
            findings,
        }
    }

    /// Whether no check failed.
    pub fn passed(&self, strict: bool) -> bool {
        !self.findings.iter().any(|finding| {
            finding.is_error() || strict && matches!(finding.outcome, Outcome::Failed(_))
        })
    }

    /// Its path, or the name of the missing file.
    pub fn title(&self) -> String {
        match (&self.path, self.target) {
            (Some(path), _) => path.display().to_string(),
            (None, Some(target)) => target.asset_name(),
            (None, None) => String::new(),
        }
    }

    /// The failed checks, with the reason of each.
    pub fn failures(&self) -> impl Iterator<Item = (Check, &str)> {
        self.findings.iter().filter_map(|f| match &f.outcome {
            Outcome::Failed(reason) => Some((f.check, reason.as_str())),
            _ => None,
        })
    }
}

/// All checks up to `failed`: those before it passed, those after it are skipped.
fn findings_until(failed: Check, reason: String) -> Vec<Finding> {
    Check::ALL
        .into_iter()
        .map(|check| match check.cmp(&failed) {
            std::cmp::Ordering::Less => Finding::new(check, Ok(())),
            std::cmp::Ordering::Equal => Finding::new(check, Err(reason.clone())),
            std::cmp::Ordering::Greater => Finding::skipped_by(check, failed),
        })
        .collect()
}
