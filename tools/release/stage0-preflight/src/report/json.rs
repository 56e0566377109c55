//! The report as JSON, described in docs/preflight.md. A change that breaks readers increments
//! `schema`.

use std::io::{self, Write};

use serde::Serialize;
use stage0_artifact::Target;
use stage0_artifact::checks::{Finding, Severity};

use super::{Report, Result};

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    passed: bool,
    artifacts: Vec<Artifact<'a>>,
    passed_over: Vec<String>,
}

#[derive(Serialize)]
struct Artifact<'a> {
    path: Option<String>,
    target: Option<Target>,
    passed: bool,
    checks: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    severity: Severity,
    why: &'static str,
}

/// Prints `result` as one JSON object.
pub fn json(out: &mut impl Write, result: &Result) -> io::Result<()> {
    let document = Document {
        schema: 1,
        passed: result.passed(),
        artifacts: result
            .artifacts
            .iter()
            .map(|report| artifact(report, result.strict))
            .collect(),
        passed_over: result
            .skipped_files
            .iter()
            .map(|path| path.display().to_string())
            .collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn artifact(report: &Report, strict: bool) -> Artifact<'_> {
    let entry = |finding| Entry {
        finding,
        severity: finding.check.severity(),
        why: finding.check.why(),
    };
    Artifact {
        path: report.path.as_ref().map(|path| path.display().to_string()),
        target: report.target,
        passed: report.passed(strict),
        checks: report.findings.iter().map(entry).collect(),
    }
}
