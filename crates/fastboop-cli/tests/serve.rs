//! `fastboop serve`, as far as it goes without a device. tests/vm has those on USB.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

/// Cargo runs tests in the package's directory, Bazel in the root of the runfiles.
fn image() -> PathBuf {
    let path = PathBuf::from("tests/images/seeds/boot/devices.img.xz");
    let found = std::fs::canonicalize(&path);
    found.unwrap_or_else(|_| std::fs::canonicalize(PathBuf::from("../..").join(path)).unwrap())
}

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fastboop"));
    command.arg("serve").args(arguments).output().unwrap()
}

/// Runs the program, which must fail with this code and message, also as JSON.
fn check_error(arguments: &[&str], code: i32, words: &str) {
    let output = run(arguments);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{message}");
    assert!(
        message.starts_with("error: ") && message.contains(words),
        "{message}"
    );
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains("; ") || code == 5, "{message}");
    assert!(output.stdout.is_empty());

    let output = run(&[arguments, &["--json"]].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    let event: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&event["event"], &event["exit_code"]),
        (&"error".into(), &code.into())
    );
    assert!(
        event["message"].as_str().unwrap().contains(words),
        "{event}"
    );
}

#[test]
fn exits_3_without_a_device() {
    let image = image();
    let image = image.to_str().unwrap();
    for (address, words) in [
        (
            "usb:no-such-serial-number",
            "usb:no-such-serial-number: not found; ",
        ),
        ("usb:255-1.1.1", "usb:255-1.1.1: not found; "),
    ] {
        check_error(&[image, "--device", address], 3, words);
        check_error(&[image, "--device", address, "--wait", "0"], 3, words);
    }
}

#[test]
fn exits_5_for_an_image_that_is_missing() {
    // Before a device is looked for.
    check_error(&["gone.img"], 5, "gone.img: cannot read");
    check_error(&["/"], 5, "neither a regular file nor a block device");
}

#[test]
fn help_teaches_what_to_do() {
    let output = run(&["--help"]);
    let help = String::from_utf8(output.stdout).unwrap();
    for words in [
        "fastboop boot",
        "Ctrl-C",
        "--grace",
        "--partition",
        "docs/serve.md",
        "the same image",
    ] {
        assert!(help.contains(words), "{words}: {help}");
    }
    assert!(!help.contains("--deployment"), "{help}");
}
