//! The report as text: one line per check, and for a failed check why it matters.

use std::io::{self, Write};

use stage0_artifact::checks::{Finding, Outcome, Severity};

use super::Result;

/// Prints `result`.
pub fn text(out: &mut impl Write, result: &Result) -> io::Result<()> {
    for artifact in &result.artifacts {
        writeln!(out, "{}", artifact.title())?;
        for group in artifact.findings.chunk_by(have_same_skip_reason) {
            write_group(out, group)?;
        }
        writeln!(out)?;
    }
    for path in &result.skipped_files {
        writeln!(
            out,
            "skipped, as artifacts have no extension: {}",
            path.display()
        )?;
    }
    let failed = result.artifacts.iter().filter(|a| !a.passed(result.strict));
    match failed.count() {
        0 => writeln!(
            out,
            "preflight: all {} artifacts passed",
            result.artifacts.len()
        ),
        failed => writeln!(
            out,
            "preflight: {failed} of {} artifacts failed",
            result.artifacts.len()
        ),
    }
}

/// Whether both checks were skipped for the same reason: such checks share a line.
fn have_same_skip_reason(one: &Finding, other: &Finding) -> bool {
    matches!(one.outcome, Outcome::Skipped(_)) && one.outcome == other.outcome
}

fn write_group(out: &mut impl Write, group: &[Finding]) -> io::Result<()> {
    let [finding, more @ ..] = group else {
        return Ok(());
    };
    let id = finding.check.id();
    match &finding.outcome {
        Outcome::Passed => writeln!(out, "  ok    {id}"),
        Outcome::Skipped(reason) => {
            writeln!(out, "  skip  {id:18} {reason}")?;
            match more.len() {
                0 => Ok(()),
                more => writeln!(out, "  skip  {more} more checks: {reason}"),
            }
        }
        Outcome::Failed(reason) => {
            let word = match finding.check.severity() {
                Severity::Error => "FAIL",
                Severity::Warning => "WARN",
            };
            writeln!(out, "  {word}  {id:18} {reason}")?;
            writeln!(out, "  {:24} why: {}", "", finding.check.why())
        }
    }
}
