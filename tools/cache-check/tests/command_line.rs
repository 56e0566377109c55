//! What can go wrong before any server or Bazel starts, through the real program.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output};

fn cache_check(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cache-check"))
        .args(arguments)
        .output()
        .unwrap()
}

#[track_caller]
fn fails_with(code: i32, text: &str, arguments: &[&str]) {
    let output = cache_check(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(text), "{said}");
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_command_is_needed() {
    fails_with(2, "Usage", &[]);
    fails_with(2, "--leak <LEAK>", &["second-checkout", "--leak", "colour"]);
}

#[test]
fn a_source_that_is_missing_is_named() {
    let arguments = ["--source", "/nonexistent", "edits"];
    fails_with(1, "/nonexistent: ", &arguments);
    fails_with(1, "name the checkout with --source", &arguments);
}

#[test]
fn what_another_run_left_is_not_touched() {
    let work = tempfile::tempdir().unwrap();
    let file = work.path().join("log");
    std::fs::write(&file, "x").unwrap();
    fails_with(
        1,
        "delete it, or name another with --work",
        &["--work", path(work.path()), "edits"],
    );
    assert!(file.exists());
}

#[test]
fn a_server_that_is_missing_is_named_and_nothing_is_left() {
    let directory = tempfile::tempdir().unwrap();
    let work = directory.path().join("work");
    let arguments = [
        "--work",
        path(&work),
        "--server",
        "buildgrid",
        "--bgd",
        "/nonexistent/bgd",
        "second-checkout",
    ];
    fails_with(1, "cannot start /nonexistent/bgd", &arguments);
    assert!(!work.exists());
}
