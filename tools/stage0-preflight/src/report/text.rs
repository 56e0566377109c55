//! For people: one line a check, and for a failed one why it matters.

use std::io::{self, Write};

use stage0_artifact::checks::{Outcome, Severity};

use super::Result;

/// Prints `result`.
pub fn text(out: &mut impl Write, result: &Result) -> io::Result<()> {
    for artifact in &result.artifacts {
        writeln!(out, "{}", artifact.title())?;
        for finding in &artifact.findings {
            let id = finding.check.id();
            match &finding.outcome {
                Outcome::Passed => writeln!(out, "  ok    {id}")?,
                Outcome::Skipped(reason) => writeln!(out, "  skip  {id:18} {reason}")?,
                Outcome::Failed(reason) => {
                    let word = match finding.check.severity() {
                        Severity::Error => "FAIL",
                        Severity::Warning => "WARN",
                    };
                    writeln!(out, "  {word}  {id:18} {reason}")?;
                    writeln!(out, "  {:24} why: {}", "", finding.check.why())?;
                }
            }
        }
        writeln!(out)?;
    }
    for path in &result.passed_over {
        writeln!(
            out,
            "not looked at, artifacts have no extension: {}",
            path.display()
        )?;
    }
    let failed = result.artifacts.iter().filter(|a| !a.passed(result.strict));
    match failed.count() {
        0 => writeln!(
            out,
            "preflight: {} artifacts, all hold",
            result.artifacts.len()
        ),
        failed => writeln!(
            out,
            "preflight: {failed} of {} artifacts failed",
            result.artifacts.len()
        ),
    }
}
