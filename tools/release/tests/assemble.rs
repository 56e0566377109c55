//! What stops `release rehearse` before it starts, through the real binary in a small repository. A whole
//! rehearsal takes Bazel and minutes: .ci/long/80-release.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const MANIFEST: &str = "[workspace]\nmembers = []\n[workspace.package]\nversion = \"1.2.3\"\n";

fn git(directory: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=n", "-c", "user.email=e"];
    let mut command = Command::new("git");
    let command = command.arg("-C").arg(directory).args(identity);
    assert!(command.args(arguments).status().unwrap().success());
}

/// A repository that declares the version 1.2.3 everywhere.
fn repository() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for directory in ["stage0", "packaging/alpine", "packaging/rpm"] {
        fs::create_dir_all(dir.path().join(directory)).unwrap();
    }
    for (name, text) in [
        (".gitignore", "/dist*\n"),
        ("Cargo.toml", MANIFEST),
        ("stage0/Cargo.toml", MANIFEST),
        ("MODULE.bazel", "module(\n    version = \"1.2.3\",\n)\n"),
        ("version.bzl", "\nVERSION = \"1.2.3\"\n"),
        ("packaging/alpine/APKBUILD", "\n_version=1.2.3\n"),
        (
            "packaging/rpm/fastboop.spec",
            "%global fastboop_version 1.2.3}\n",
        ),
    ] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    git(dir.path(), &["init", "--quiet"]);
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["commit", "--quiet", "-m", "m"]);
    dir
}

fn rehearse(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(
        Path::new(env!("CARGO_BIN_EXE_release"))
            .canonicalize()
            .unwrap(),
    );
    let command = command.current_dir(directory).arg("rehearse");
    command.args(arguments).output().unwrap()
}

/// It has to fail with this exit code and text, and to leave nothing behind.
fn fails(directory: &Path, arguments: &[&str], code: i32, words: &str) {
    let output = rehearse(directory, arguments);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(words), "{text}");
    assert!(!directory.join("dist.partial").exists());
}

#[test]
fn another_version_than_declared_is_refused() {
    let dir = repository();
    fails(
        dir.path(),
        &["--version", "1.2.4"],
        1,
        "MODULE.bazel says \"1.2.3\"",
    );
    fails(
        dir.path(),
        &["--version", "1.2.3-rc.1"],
        1,
        "the release is 1.2.3-rc.1",
    );
    fails(
        dir.path(),
        &["--version", "v1.2.3"],
        2,
        "write X.Y.Z or X.Y.Z-rc.N",
    );
}

#[test]
fn what_is_not_committed_is_refused() {
    let dir = repository();
    fs::write(dir.path().join("new"), "").unwrap();
    fails(dir.path(), &["--version", "1.2.3"], 1, "?? new");
}

#[test]
fn a_release_that_is_there_is_not_touched() {
    let dir = repository();
    fs::create_dir(dir.path().join("dist")).unwrap();
    fails(
        dir.path(),
        &["--version", "1.2.3"],
        1,
        "dist: there already",
    );
    assert!(dir.path().join("dist").exists());
}

#[test]
fn a_step_that_fails_is_named_and_leaves_no_release() {
    let dir = repository();
    let output = rehearse(dir.path(), &["--version", "1.2.3"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    // There is no such program in this repository.
    assert!(text.contains("error: step build: cannot start"), "{text}");
    assert!(text.contains("tools/bazel; "), "{text}");
    assert!(!dir.path().join("dist").exists());
}

#[test]
fn both_ways_of_signing_or_of_packages_are_too_many() {
    let dir = repository();
    for arguments in [
        ["--keyless", "--key=k"],
        ["--skip-packages", "--packages=p"],
    ] {
        let arguments = [&["--version", "1.2.3"][..], &arguments].concat();
        fails(dir.path(), &arguments, 2, "cannot be used with");
    }
}
