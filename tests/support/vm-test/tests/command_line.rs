//! The program itself: what it says of descriptions that it cannot use. What it makes of machines
//! is tested with machines, in tests/vm.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn vm_test(spec: &Path) -> Output {
    let program = env!("CARGO_BIN_EXE_vm-test");
    Command::new(program).arg(spec).output().unwrap()
}

fn refused(content: &str) -> String {
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
        r#"{{"machine": "x86_64", "qemu": "{qemu}", "kernel": "/no/kernel", "initramfs": "/no/initramfs",
        "disks": ["{disk}"], "command_line": "", "memory": 512, "deadline": 60, "expect": ["hello"],
        "forbid": [], "end": "power-off", "fails_with": null}}"#
    )
}

#[test]
fn a_missing_description_is_named() {
    let output = vm_test(Path::new("/no/spec.json"));
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("error: /no/spec.json: No such file"),
        "{message}"
    );
}

#[test]
fn a_slip_in_a_description_is_named() {
    let slip = spec("qemu", "/dev/null").replace("forbid", "forbidden");
    let message = refused(&slip);
    assert!(
        message.contains("spec.json: unknown field `forbidden`"),
        "{message}"
    );
}

#[test]
fn a_missing_disk_or_qemu_is_named() {
    let message = refused(&spec("/no/qemu", "/no/disk"));
    assert!(message.contains("/no/disk: "), "{message}");
    let message = refused(&spec("/no/qemu", "/dev/null"));
    assert!(message.contains("/no/qemu: No such file"), "{message}");
}

#[test]
fn a_program_that_says_nothing_and_ends_is_a_failure() {
    let message = refused(&spec("true", "/dev/null"));
    assert!(message.contains("had not said \"hello\""), "{message}");
}
