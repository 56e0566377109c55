//! Tests of the program that require no build.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs the program, checks its exit code and returns its output.
#[track_caller]
fn run(code: i32, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_repro-check"));
    let output = command.args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}");
    String::from_utf8(output.stdout).unwrap() + &errors
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn rejects_invalid_arguments() {
    assert!(run(2, &[]).contains("Usage"));
    assert!(run(2, &["bazel", "--leak", "colour"]).contains("[possible values: path, clock]"));
    assert!(run(2, &["cargo", "--target", "pdp11"]).contains("pdp11"));
    assert!(run(2, &["cargo"]).contains("--target <TRIPLE>"));
    assert!(run(2, &["compare", "/"]).contains("Usage"));
}

#[test]
fn compares_directories() {
    let parent = tempfile::tempdir().unwrap();
    let directory = |name: &str, content: &str| {
        let directory = parent.path().join(name);
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("file"), content).unwrap();
        directory
    };
    let (a, b, c) = (
        directory("a", "same"),
        directory("b", "same"),
        directory("c", "else"),
    );
    assert!(run(0, &["compare", path(&a), path(&b)]).contains("  2 of 2"));
    let output = run(1, &["compare", path(&a), path(&b), path(&c)]);
    assert!(
        output.contains("  2 of 3") && output.contains("DIFFERS: file"),
        "{output}"
    );
    let output = run(1, &["compare", path(&a), "/nonexistent"]);
    assert!(output.contains("error: /nonexistent: "), "{output}");
}

#[test]
fn names_a_missing_source_and_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let work = directory.path().join("work");
    let output = run(
        1,
        &["bazel", "--work", path(&work), "--source", "/nonexistent"],
    );
    assert!(
        output.contains("/nonexistent; set the checkout with --source: No such file"),
        "{output}"
    );
    assert!(!work.exists());
}

#[test]
fn leaves_the_directory_of_another_run_alone() {
    let work = tempfile::tempdir().unwrap();
    fs::write(work.path().join("log"), "x").unwrap();
    for command in [
        &["bazel"][..],
        &["cargo", "--target", "x86_64-unknown-linux-musl"],
        &["root"],
    ] {
        let output = run(1, &[command, &["--work", path(work.path())]].concat());
        assert!(
            output.contains("choose another directory with --work"),
            "{output}"
        );
    }
    assert!(work.path().join("log").exists());
}
