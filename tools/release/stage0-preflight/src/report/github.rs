//! For GitHub Actions: an annotation for each failed check, and a table for the step's summary.
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

/// Appends a table to the Markdown file at `path`: a line a check, a column an artifact.
pub fn append_summary(path: &Path, result: &Result) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(summary(result).as_bytes())
}

fn summary(result: &Result) -> String {
    let verdict = if result.passed() {
        "all hold"
    } else {
        "failed"
    };
    let mut text = format!("### stage0-preflight: {verdict}\n\n| check |");
    for report in &result.artifacts {
        text += &format!(" {} |", cell(&column(report)));
    }
    text += "\n|---|";
    text += &"---|".repeat(result.artifacts.len());
    text += "\n";
    for (index, check) in Check::ALL.into_iter().enumerate() {
        text += &format!("| {} |", check.id());
        for report in &result.artifacts {
            text += &format!(" {} |", mark(report.findings.get(index)));
        }
        text += "\n";
    }
    text += "\n";
    for report in &result.artifacts {
        for (check, reason) in report.failures() {
            text += &format!(
                "- `{}`, {}: {}\n",
                check.id(),
                cell(&column(report)),
                cell(reason)
            );
        }
    }
    text
}

/// Short enough for the head of a column.
fn column(report: &Report) -> String {
    match report.target {
        Some(target) => target.to_string(),
        None => report.title(),
    }
}

fn mark(finding: Option<&Finding>) -> &'static str {
    match finding.map(|finding| (&finding.outcome, finding.check.severity())) {
        Some((Outcome::Passed, _)) => "ok",
        Some((Outcome::Failed(_), Severity::Error)) => "**failed**",
        Some((Outcome::Failed(_), Severity::Warning)) => "warning",
        Some((Outcome::Skipped(_), _)) | None => "skipped",
    }
}

/// Text inside a Markdown table or list: nothing in it is markup or ends the line.
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

fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        assert_eq!(message("a\n::error::b\r100%"), "a%0A::error::b%0D100%25");
        assert_eq!(property("a,title=b:c"), "a%2Ctitle=b%3Ac");
    }

    #[test]
    fn what_would_end_a_cell_is_escaped() {
        assert_eq!(cell("a|b\nc`d"), "a\\|b c\\`d");
    }
}
