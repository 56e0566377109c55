//! The subcommand `inputs`, through the binary.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn inputs(arguments: &[&str], manifest: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stage0-checksums"))
        .arg("inputs")
        .args(arguments)
        .arg(manifest)
        .output()
        .unwrap()
}

#[test]
fn prints_a_digest_or_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = dir.path().join("Cargo.toml");
    fs::write(&manifest, "[package]\nname = \"stage0\"\n").unwrap();
    fs::write(dir.path().join("Cargo.lock"), "").unwrap();
    let output = inputs(&[], &manifest);
    let text = String::from_utf8(output.stdout).unwrap();
    let digest = text.strip_suffix("  stage0\n").unwrap();
    assert_eq!(digest.len(), 64, "{text}");

    let output = inputs(&["--list"], &manifest);
    let text = String::from_utf8(output.stdout).unwrap();
    let lock = dir.path().join("Cargo.lock");
    assert_eq!(
        text,
        format!("{}\n{}\n", lock.display(), manifest.display())
    );

    fs::remove_file(&manifest).unwrap();
    let output = inputs(&[], &manifest);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("Cargo.toml: ")
    );
}
