//! Runs the real binary as an ordinary process: it identifies itself.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs::OpenOptions;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Output};

fn stage0() -> Command {
    Command::new(env!("CARGO_BIN_EXE_fastboop-stage0"))
}

fn run(arguments: &[&str]) -> Output {
    stage0().args(arguments).output().unwrap()
}

fn success(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn prints_version_and_target() {
    let line = success(&["--version"]);
    assert!(line.starts_with("fastboop-stage0 0.1.0 ("), "{line:?}");
    assert!(line.ends_with(")\n"), "{line:?}");
    assert!(
        line.contains(&format!(
            "({}",
            std::env::consts::ARCH.replace("arm", "armv7")
        )),
        "{line:?}"
    );
    assert_eq!(success(&[]), line);
}

#[test]
fn prints_json_that_equals_the_elf_note() {
    let line = success(&["--version"]);
    let target = line.split(['(', ')']).nth(1).unwrap();
    let json = format!(
        "{{\"type\":\"fastboop\",\"name\":\"fastboop-stage0\",\"version\":\"0.1.0\",\"target\":\"{target}\"}}"
    );
    assert_eq!(success(&["--identify"]), format!("{json}\n"));

    // The ELF note: owner, then the same bytes, then at least one NUL.
    let note = [&b"FDO\0"[..], json.as_bytes(), b"\0"].concat();
    let file = std::fs::read(env!("CARGO_BIN_EXE_fastboop-stage0")).unwrap();
    assert!(file.windows(note.len()).any(|part| part == note));
}

#[test]
fn help_lists_the_settings() {
    let help = success(&["--help"]);
    for word in ["PID 1", "/etc/stage0/"] {
        assert!(help.contains(word), "{word}: {help}");
    }
    for setting in stage0_settings::TABLE {
        let line = format!("  {}", setting.key);
        assert!(help.lines().any(|l| l == line), "{line}: {help}");
    }
}

#[test]
fn usage_errors_exit_with_2() {
    for arguments in [&["--frobnicate"][..], &["--version", "extra"], &[""]] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains("Usage: fastboop-stage0"), "{message}");
    }
}

#[test]
fn processes_of_the_root_over_usb_reject_other_arguments() {
    for arguments in [&[][..], &["--version"], &["server"], &["server", "x"]] {
        let output = stage0().arg0("@fastboop-usb-root").args(arguments).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
    }
}

#[test]
fn closed_pipe_exits_with_0_and_write_error_with_1() {
    let (reader, writer) = UnixStream::pair().unwrap();
    drop(reader);
    let output = stage0().stdout(OwnedFd::from(writer)).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");

    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = stage0().stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(!output.stderr.is_empty());
}
