//! What takes no build, through the real program.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use stage0_testing::ElfFile;

fn repro_check(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_repro-check"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs it; standard output, where the exit code is right.
#[track_caller]
fn says(code: i32, arguments: &[&str]) -> String {
    let output = repro_check(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}");
    String::from_utf8(output.stdout).unwrap() + &errors
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_command_is_needed() {
    assert!(says(2, &[]).contains("Usage"));
    assert!(says(2, &["bazel", "--leak", "colour"]).contains("[possible values: path, clock]"));
    assert!(says(2, &["cargo", "--target", "pdp11"]).contains("pdp11"));
}

#[test]
fn two_files_are_explained() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let file = directory.path().join(name);
        fs::write(&file, bytes).unwrap();
        file
    };
    let program = |text: &str| {
        ElfFile {
            data: text.into(),
            ..ElfFile::x86_64()
        }
        .build()
    };
    let (a, b) = (
        file("a", &program("built in /home/a")),
        file("b", &program("built in /home/b")),
    );
    assert!(says(0, &["explain", path(&a), path(&a)]).contains("the same bytes"));

    let json = directory.path().join("json");
    let said = says(1, &["explain", path(&a), path(&b), "--json", path(&json)]);
    assert!(said.contains("only in B: \" /home/b\""), "{said}");
    assert!(said.contains("padding"), "{said}");
    let json = fs::read_to_string(json).unwrap();
    assert!(json.contains("\"kind\": \"elf\""), "{json}");

    let text = file("text", b"no ELF");
    let said = says(1, &["explain", path(&a), path(&text)]);
    assert!(said.contains("no ELF files"), "{said}");
    let said = says(1, &["explain", "/nonexistent", path(&a)]);
    assert!(said.contains("error: /nonexistent: "), "{said}");
}

#[test]
fn directories_are_compared() {
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
    assert!(says(0, &["compare", path(&a), path(&b)]).contains("  2 of 2"));
    let said = says(1, &["compare", path(&a), path(&b), path(&c)]);
    assert!(
        said.contains("  2 of 3") && said.contains("DIFFERS: file"),
        "{said}"
    );
    assert!(says(2, &["compare", path(&a)]).contains("Usage"));
    let said = says(1, &["compare", path(&a), "/nonexistent"]);
    assert!(said.contains("error: /nonexistent: "), "{said}");
}

#[test]
fn a_source_that_is_missing_is_named_and_nothing_is_left() {
    let directory = tempfile::tempdir().unwrap();
    let work = directory.path().join("work");
    let said = says(
        1,
        &["bazel", "--work", path(&work), "--source", "/nonexistent"],
    );
    assert!(said.contains("/nonexistent: "), "{said}");
    assert!(said.contains("name the checkout with --source"), "{said}");
    assert!(!work.exists());
}

#[test]
fn what_another_run_left_is_not_touched() {
    let work = tempfile::tempdir().unwrap();
    fs::write(work.path().join("log"), "x").unwrap();
    for command in ["bazel", "cargo", "root"] {
        let said = says(1, &[command, "--work", path(work.path())]);
        assert!(said.contains("name another with --work"), "{said}");
    }
    assert!(work.path().join("log").exists());
}
