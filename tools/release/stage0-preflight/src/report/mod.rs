//! What came of all checks, and the ways to show it.

mod github;
mod json;
mod text;

use std::path::{Path, PathBuf};

use fastboop_files::{Cause, file};
use stage0_artifact::Target;
use stage0_artifact::checks::{self, Check, Finding, Outcome, Wanted};

pub use github::{annotations, append_summary};
pub use json::json;
pub use text::text;

use crate::execute::Runner;

/// What came of everything.
pub struct Result {
    /// One report an artifact, and one for each required target without a file.
    pub artifacts: Vec<Report>,
    /// Files that were not looked at.
    pub passed_over: Vec<PathBuf>,
    /// Do warnings fail?
    pub strict: bool,
}

impl Result {
    /// Does all hold that has to?
    pub fn passed(&self) -> bool {
        self.artifacts
            .iter()
            .all(|artifact| artifact.passed(self.strict))
    }
}

/// What came of the checks on one artifact.
pub struct Report {
    /// Where it is; a required one that is missing is nowhere.
    pub path: Option<PathBuf>,
    /// What it is for, where that is known.
    pub target: Option<Target>,
    /// One for each of [`Check::ALL`].
    pub findings: Vec<Finding>,
}

impl Report {
    /// Makes all checks on the file at `path`.
    pub fn of(path: &Path, target: Target, wanted: &Wanted, runner: &Runner) -> Report {
        let bytes = match file::read(path) {
            Ok(bytes) => bytes,
            // It exists; the next check says what is wrong.
            Err(error) if matches!(error.cause, Cause::Empty) => Vec::new(),
            Err(error) => {
                let findings = stopped(Check::Exists, error.cause.to_string());
                return Report::new(Some(path), Some(target), findings);
            }
        };
        let mut findings = vec![
            Finding::new(Check::Name, Ok(())),
            Finding::new(Check::Exists, Ok(())),
        ];
        findings.extend(checks::run(&bytes, target, wanted));
        findings.push(runner.check(&bytes, target, &findings));
        Report::new(Some(path), Some(target), findings)
    }

    /// The report on a required target that has no file.
    pub fn missing(target: Target) -> Report {
        let name = target.asset_name();
        let reason = format!(
            "{name} is required, but is not among the paths; add it (tools/bazel build //stage0:{name})"
        );
        Report::new(None, Some(target), stopped(Check::Exists, reason))
    }

    /// The report on a file of which it cannot be told what it is for.
    pub fn unnamed(path: &Path, reason: &str) -> Report {
        Report::new(Some(path), None, stopped(Check::Name, reason.to_owned()))
    }

    fn new(path: Option<&Path>, target: Option<Target>, findings: Vec<Finding>) -> Report {
        let path = path.map(Path::to_owned);
        Report {
            path,
            target,
            findings,
        }
    }

    /// Does all hold that has to?
    pub fn passed(&self, strict: bool) -> bool {
        !self.findings.iter().any(|finding| {
            finding.is_error() || strict && matches!(finding.outcome, Outcome::Failed(_))
        })
    }

    /// What people call it.
    pub fn title(&self) -> String {
        match (&self.path, self.target) {
            (Some(path), _) => path.display().to_string(),
            (None, Some(target)) => target.asset_name(),
            (None, None) => String::new(),
        }
    }

    /// The failed checks with their reasons.
    pub fn failures(&self) -> impl Iterator<Item = (Check, &str)> {
        self.findings.iter().filter_map(|f| match &f.outcome {
            Outcome::Failed(reason) => Some((f.check, reason.as_str())),
            _ => None,
        })
    }
}

/// All checks where `failed` did not hold: before it they passed, after it they were not made.
fn stopped(failed: Check, reason: String) -> Vec<Finding> {
    Check::ALL
        .into_iter()
        .map(|check| match check.cmp(&failed) {
            std::cmp::Ordering::Less => Finding::new(check, Ok(())),
            std::cmp::Ordering::Equal => Finding::new(check, Err(reason.clone())),
            std::cmp::Ordering::Greater => Finding::skipped_by(check, failed),
        })
        .collect()
}
