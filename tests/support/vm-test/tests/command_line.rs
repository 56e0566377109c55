//! The program's errors for unusable descriptions. tests/vm tests it with machines.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn vm_test(spec: &Path) -> Output {
    let program = env!("CARGO_BIN_EXE_vm-test");
    Command::new(program).arg(spec).output().unwrap()
}

fn error_of(content: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let spec = directory.path().join("spec.json");
    fs::write(&spec, content).unwrap();
    let output = vm_test(&spec);
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

/// A description with these files.
fn spec(qemu: &str, disk: &str) -> String {
    format!(
        r#"{{"machine": "x86_64", "qemu": "{qemu}", "boot": {{"kernel": {{"image": "/no/kernel",
        "initramfs": "/no/initramfs", "command_line": ""}}}}, "disks": ["{disk}"], "memory": 512, "deadline": 60,
        "script": [], "client": null, "expect": ["hello"], "forbid": [], "end": "power-off", "fails_with": null}}"#
    )
}

#[test]
fn names_a_missing_description() {
    let output = vm_test(Path::new("/no/spec.json"));
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("error: /no/spec.json: No such file"),
        "{message}"
    );
}

#[test]
fn rejects_an_unknown_field() {
    let slip = spec("qemu", "/dev/null").replace("forbid", "forbidden");
    let message = error_of(&slip);
    assert!(
        message.contains("spec.json: unknown field `forbidden`"),
        "{message}"
    );
}

#[test]
fn names_a_missing_disk_or_qemu() {
    let message = error_of(&spec("/no/qemu", "/no/disk"));
    assert!(message.contains("/no/disk: "), "{message}");
    let message = error_of(&spec("/no/qemu", "/dev/null"));
    assert!(message.contains("/no/qemu: No such file"), "{message}");
}

#[test]
fn rejects_an_exit_without_the_expected_output() {
    let message = error_of(&spec("true", "/dev/null"));
    assert!(message.contains("missing output \"hello\""), "{message}");
}
