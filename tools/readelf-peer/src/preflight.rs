//! stage0-preflight's account of files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::Verdict;

/// How many files one call is given: far from the longest command line.
const AT_ONCE: usize = 200;

#[derive(Deserialize)]
struct Report {
    artifacts: Vec<Artifact>,
}

#[derive(Deserialize)]
struct Artifact {
    /// None for a required target that no file is for.
    path: Option<PathBuf>,
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    check: String,
    outcome: String,
    reason: Option<String>,
}

/// What each file is, or why stage0-preflight cannot tell.
pub fn verdicts(
    tool: &Path,
    paths: &[PathBuf],
) -> Result<HashMap<PathBuf, Result<Verdict, String>>, String> {
    let mut verdicts = HashMap::new();
    for some in paths.chunks(AT_ONCE) {
        // The target does not matter: the check `machine` may fail.
        let output = Command::new(tool)
            .args([
                "--target=aarch64-unknown-linux-musl",
                "--run=never",
                "--format=json",
            ])
            .args(some)
            .output()
            .map_err(|error| format!("{}: {error}", tool.display()))?;
        let report = serde_json::from_slice::<Report>(&output.stdout)
            .map_err(|error| format!("{}: its report: {error}", tool.display()))?;
        let verdict_of = |artifact: Artifact| Some((artifact.path?, verdict(&artifact.checks)));
        verdicts.extend(report.artifacts.into_iter().filter_map(verdict_of));
    }
    Ok(verdicts)
}

/// Dynamic where the check `static` failed, static where it passed, no program where it was skipped
/// because of the file's type.
fn verdict(checks: &[Check]) -> Result<Verdict, String> {
    let outcome = |id| {
        checks
            .iter()
            .find(|check| check.check == id)
            .map(|check| check.outcome.as_str())
    };
    match (outcome("static"), outcome("program-type")) {
        (Some("passed"), _) => Ok(Verdict::Static),
        (Some("failed"), _) => Ok(Verdict::Dynamic),
        (Some("skipped"), Some("failed")) => Ok(Verdict::NoProgram),
        _ => Err(checks
            .iter()
            .filter(|check| check.outcome == "failed")
            .map(|check| {
                format!(
                    "{}: {}",
                    check.check,
                    check.reason.as_deref().unwrap_or_default()
                )
            })
            .collect()),
    }
}
