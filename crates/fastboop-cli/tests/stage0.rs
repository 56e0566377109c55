//! `fastboop stage0` through the real binary.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs::{self, File, OpenOptions};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use fastboop_files::Sha256Digest;

fn fastboop(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fastboop"));
    command.args(arguments);
    command
}

fn run(arguments: &[&str]) -> Output {
    fastboop(arguments).output().unwrap()
}

fn extract(path: &Path) -> Output {
    fastboop(&["stage0", "extract", "-o"])
        .arg(path)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn info_describes_what_extract_writes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stage0");
    let output = extract(&path);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "");
    assert!(text(&output.stderr).starts_with(&format!("wrote {}: ", path.display())));
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o100,
        0o100
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    let bytes = fs::read(&path).unwrap();

    let json = run(&["stage0", "info", "--json"]);
    assert!(json.status.success(), "{}", text(&json.stderr));
    let info: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(info["size"], bytes.len());
    assert_eq!(info["sha256"], Sha256Digest::compute(&bytes).to_string());
    let mut keys: Vec<_> = info.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(
        keys,
        ["embedded", "linkage", "sha256", "size", "target", "version"]
    );

    let output = run(&["stage0", "info"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for key in ["target", "sha256", "linkage", "embedded"] {
        let value = info[key].as_str().unwrap();
        let line = format!("{key:<10}{value}");
        assert!(
            text(&output.stdout).lines().any(|found| found == line),
            "{line}"
        );
    }
}

#[test]
fn writes_to_standard_output_for_a_dash() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stage0");
    assert!(extract(&path).status.success());
    let output = run(&["stage0", "extract", "-o", "-"]);
    assert!(output.status.success());
    assert_eq!(text(&output.stderr), "");
    assert!(output.stdout == fs::read(&path).unwrap());
}

#[test]
fn replaces_an_old_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stage0");
    fs::write(&path, "old").unwrap();
    assert!(extract(&path).status.success());
    assert!(fs::read(&path).unwrap().starts_with(b"\x7fELF"));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn reports_an_unwritable_output() {
    let dir = tempfile::tempdir().unwrap();
    for (path, words) in [
        (dir.path().to_owned(), "a directory"),
        (dir.path().join("gone/stage0"), "cannot write it"),
    ] {
        let output = extract(&path);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(
            message.starts_with(&format!("error: {}: ", path.display())),
            "{message}"
        );
        assert!(message.contains(words), "{message}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

const EVERY_WRITER: [&[&str]; 7] = [
    &["--help"],
    &["--version"],
    &["stage0", "info", "--help"],
    &["stage0", "info"],
    &["stage0", "info", "--json"],
    &["stage0", "extract", "-o", "-"],
    &["completions", "bash"],
];

#[test]
fn ends_quietly_on_a_closed_pipe() {
    for arguments in EVERY_WRITER {
        let (reader, writer) = UnixStream::pair().unwrap();
        drop(reader);
        let output = fastboop(arguments)
            .stdout(OwnedFd::from(writer))
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(text(&output.stderr), "", "{arguments:?}");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    }
}

#[test]
fn rejects_a_full_device() {
    for arguments in EVERY_WRITER {
        let full: File = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = fastboop(arguments).stdout(full).output().unwrap();
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {message}");
        assert!(
            message.starts_with("error: cannot write to standard output"),
            "{message}"
        );
    }
}

#[test]
fn error_names_its_cause_once() {
    let bad_stage0 = &["stage0", "initramfs", "--stage0", "/", "-o", "/nonexistent"][..];
    let missing = &["stage0", "inspect", "/nonexistent"];
    for (arguments, cause) in [
        (
            &["stage0", "extract", "-o", "/nonexistent/file"][..],
            "No such file or directory",
        ),
        (missing, "No such file or directory"),
        (bad_stage0, "a directory, but a file is needed"),
    ] {
        let output = fastboop(arguments).output().unwrap();
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {message}");
        assert_eq!(message.matches(cause).count(), 1, "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}
