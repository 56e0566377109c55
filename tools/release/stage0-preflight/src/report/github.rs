//! The report for GitHub Actions: an annotation for each failed check, and a table for the step's
//! summary.
//!
//! The format: "Workflow commands for GitHub Actions" in GitHub's documentation.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use stage0_artifact::checks::{Check, Finding, Outcome, Severity};

use super::{Report, Result};

/// Prints an annotation for each failed check.
pub fn annotations(out: &mut impl Write, result: &Result) -> io::Result<()> {
    for report in &result.artifacts {
        for (check, reason) in report.failures() {
            let command = match check.severity() {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            writeln!(
                out,
                "::{command} file={},title={}::{}",
                property(&report.title()),
                check.id(),
                message(&format!("{reason} ({})", check.why()))
            )?;
        }
    }
    Ok(())
}

/// Appends a table to the Markdown file at `path`, with a row for each check and a column for each
/// artifact.
pub fn append_summary(path: &Path, result: &Result) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(summary(result).as_bytes())
}

fn summary(result: &Result) -> String {
    let verdict = if result.passed() { "passed" } else { "failed" };
    let mut text = format!("### stage0-preflight: {verdict}\n\n| check |");
    for report in &result.artifacts {
        text += &format!(" {} |", cell(&heading(report)));
    }
    text += "\n|---|";
    text += &"---|".repeat(result.artifacts.len());
    text += "\n";
    for (index, check) in Check::ALL.into_iter().enumerate() {
        text += &format!("| {} |", check.id());
        for report in &result.artifacts {
            text += &format!(" {} |", symbol(report.findings.get(index)));
        }
        text += "\n";
    }
    text += "\n";
    for report in &result.artifacts {
        for (check, reason) in report.failures() {
            text += &format!(
                "- `{}`, {}: {}\n",
                check.id(),
                cell(&heading(report)),
                cell(reason)
            );
        }
    }
    text
}

/// The heading of an artifact's column: its target if known, as paths are long.
fn heading(report: &Report) -> String {
    match report.target {
        Some(target) => target.to_string(),
        None => report.title(),
    }
}

fn symbol(finding: Option<&Finding>) -> &'static str {
    match finding.map(|finding| (&finding.outcome, finding.check.severity())) {
        Some((Outcome::Passed, _)) => "ok",
        Some((Outcome::Failed(_), Severity::Error)) => "**failed**",
        Some((Outcome::Failed(_), Severity::Warning)) => "warning",
        Some((Outcome::Skipped(_), _)) | None => "skipped",
    }
}

/// Escapes text for a cell or a list item in Markdown.
fn cell(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '|' | '<' | '>' | '`' | '*' | '_' | '[' | ']' | '\\' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// Escapes the message of a workflow command.
fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_workflow_commands() {
        assert_eq!(message("a\n::error::b\r100%"), "a%0A::error::b%0D100%25");
        assert_eq!(property("a,title=b:c"), "a%2Ctitle=b%3Ac");
    }

    #[test]
    fn escapes_table_cells() {
        assert_eq!(cell("a|b\nc`d"), "a\\|b c\\`d");
    }
}
