//! Reports from diffoscope on the differences between two files.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

/// An insertion changes thousands of lines of relocations, frames and disassembly. Without the first two the report starts with
/// strings, and the limit truncates the disassembly.
const LIMITS: [&str; 2] = [
    "--exclude-command=^readelf.*--(relocs|debug-dump=frames)",
    "--max-text-report-size=100000",
];

/// Returns diffoscope's report, or if it is not installed the commands that print it.
pub fn report(a: &Path, b: &Path) -> anyhow::Result<String> {
    run(Path::new("diffoscope"), a, b)
}

fn run(program: &Path, a: &Path, b: &Path) -> anyhow::Result<String> {
    let mut command = Command::new(program);
    let output = match command.arg("--text=-").args(LIMITS).args([a, b]).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let (a, b) = (a.display(), b.display());
            return Ok(format!(
                "diffoscope is not installed; to see why they differ:\n  apt-get install diffoscope-minimal\n  diffoscope '{a}' '{b}'"
            ));
        }
        output => output.context("diffoscope")?,
    };
    // As with diff: 0 is equal, 1 is different, 2 is an error.
    if output.status.code() != Some(1) {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("diffoscope: {}: {}", output.status, errors.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clean_build::write_script;

    fn run_script(text: &str) -> anyhow::Result<String> {
        let directory = tempfile::tempdir().unwrap();
        let script = directory.path().join("diffoscope");
        write_script(&script, &format!("#!/bin/sh\n{text}\n")).unwrap();
        run(&script, Path::new("a"), Path::new("b c"))
    }

    #[test]
    fn returns_the_report() {
        let report = run_script("echo \"$@\"; exit 1").unwrap();
        assert!(report.ends_with(" a b c\n"), "{report}");
    }

    #[test]
    fn rejects_other_exit_codes() {
        let error = run_script("echo broken >&2; exit 2").unwrap_err();
        assert_eq!(error.to_string(), "diffoscope: exit status: 2: broken");
        assert!(run_script("exit 0").is_err());
    }

    #[test]
    fn explains_how_to_install_diffoscope() {
        let report = run(Path::new("/nonexistent"), Path::new("a"), Path::new("b c")).unwrap();
        assert!(
            report.contains("apt-get install diffoscope-minimal"),
            "{report}"
        );
        assert!(report.ends_with("diffoscope 'a' 'b c'"), "{report}");
    }
}
