//! What is printed, and exit codes.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use crate::{AARCH64, Dirs, RISCV64, X86_64, text, valid};

#[test]
fn json_contains_every_check() {
    let dirs = Dirs::new();
    let path = dirs.add(RISCV64, &valid(RISCV64));
    let (_, json) = dirs.json(&["--require", RISCV64, "--run=never"], &path);
    assert_eq!(json["schema"], 1);
    let checks = json["artifacts"][0]["checks"].as_array().unwrap();
    assert_eq!(checks.len(), 19);
    for check in checks {
        for key in ["check", "outcome", "severity", "why"] {
            assert!(check[key].is_string(), "{check}");
        }
    }
}

#[test]
fn text_contains_the_failure_and_why_it_matters() {
    let dirs = Dirs::new();
    let path = dirs.add(RISCV64, &valid(X86_64));
    let output = dirs
        .command(&["--require", RISCV64])
        .arg(&path)
        .output()
        .unwrap();
    let text = text(&output);
    assert_eq!(output.status.code(), Some(1));
    for words in [
        "  ok    elf-format\n",
        "  FAIL  machine            machine mismatch: expected RISC-V (e_machine 243) for riscv64gc",
        "why: a program for another CPU",
        "  skip  runs               machine failed\n",
        "preflight: 1 of 1 artifacts failed\n",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn github_format_adds_annotations_and_a_table() {
    let dirs = Dirs::new();
    let path = dirs.add(RISCV64, &valid(X86_64));
    let summary = dirs.write("summary.md", b"before\n");
    let output = dirs
        .command(&["--format=github", "--require", RISCV64])
        .env("GITHUB_STEP_SUMMARY", &summary)
        .arg(&path)
        .output()
        .unwrap();
    let text = text(&output);
    let annotation = format!(
        "\n::error file={},title=machine::machine mismatch: expected RISC-V",
        path.display()
    );
    assert!(text.contains(&annotation), "{text}");
    let summary = fs::read_to_string(summary).unwrap();
    for words in [
        "before\n### stage0-preflight: failed\n",
        "| check | riscv64gc-unknown-linux-musl |\n|---|---|\n| name | ok |\n",
        "| machine | **failed** |\n",
        "| runs | skipped |\n",
        "- `machine`, riscv64gc-unknown-linux-musl: machine mismatch: expected RISC-V (e\\_machine 243)",
    ] {
        assert!(summary.contains(words), "{words}: {summary}");
    }
}

#[test]
fn usage_errors_exit_with_2_and_an_unreadable_budget_with_1() {
    let dirs = Dirs::new();
    for arguments in [
        &[][..],
        &["--require=mips", "x"],
        &["--run=maybe", "x"],
        &["--forbid=", "x"],
        &["--timeout=0", "x"],
    ] {
        let output = dirs.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    }
    let output = dirs.command(&["--budget=/nowhere", "x"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output).starts_with("error: /nowhere: "),
        "{}",
        text(&output)
    );
}

#[test]
fn closed_pipe_is_quiet_and_keeps_the_exit_code() {
    let dirs = Dirs::new();
    let bad = dirs.write(&format!("fastboop-stage0-{AARCH64}"), b"not an ELF file");
    for (arguments, code) in [
        (&["--require", AARCH64, bad.to_str().unwrap()][..], 1),
        (&["--help"], 0),
    ] {
        let (reader, writer) = UnixStream::pair().unwrap();
        drop(reader);
        let output = dirs
            .command(arguments)
            .stdout(OwnedFd::from(writer))
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    }
}
