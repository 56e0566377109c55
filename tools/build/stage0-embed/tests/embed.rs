//! The binary, on valid and invalid files.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use stage0_testing::ElfFile;
use tempfile::TempDir;

/// A directory for inputs, and one for outputs, which has to be empty after a failure.
struct Dirs {
    inputs: TempDir,
    outputs: TempDir,
}

impl Dirs {
    fn new() -> Self {
        Dirs {
            inputs: TempDir::new().unwrap(),
            outputs: TempDir::new().unwrap(),
        }
    }

    fn input(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.inputs.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn output(&self) -> PathBuf {
        self.outputs.path().join("out")
    }

    fn embed(&self, target: Option<&str>, input: &Path) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stage0-embed"));
        if let Some(target) = target {
            command.args(["--target", target]);
        }
        command.arg(input).arg(self.output()).output().unwrap()
    }

    /// Asserts that it copies `input` and prints nothing.
    fn assert_accepts(&self, target: Option<&str>, input: &Path) {
        let output = self.embed(target, input);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(fs::read(self.output()).unwrap(), fs::read(input).unwrap());
    }

    /// Asserts that it fails with one line that names the file and contains `words`, and leaves no
    /// output.
    fn assert_rejects(&self, target: Option<&str>, input: &Path, words: &str) {
        let output = self.embed(target, input);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(
            message.starts_with(&format!("error: {}: ", input.display())),
            "{message}"
        );
        assert!(message.contains(words), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        assert_eq!(fs::read_dir(self.outputs.path()).unwrap().count(), 0);
    }
}

/// A valid stage0 for aarch64.
fn stage0() -> Vec<u8> {
    ElfFile::aarch64().stage0(AARCH64).build()
}

const X86_64: &str = "x86_64-unknown-linux-musl";
const AARCH64: &str = "aarch64-unknown-linux-musl";
const ARMV7: &str = "armv7-unknown-linux-musleabihf";
const RISCV64: &str = "riscv64gc-unknown-linux-musl";

#[test]
fn accepts_every_target() {
    for (target, file) in [
        (X86_64, ElfFile::x86_64().static_pie()),
        (AARCH64, ElfFile::aarch64()),
        (ARMV7, ElfFile::armv7()),
        (RISCV64, ElfFile::riscv64().static_pie()),
    ] {
        let dirs = Dirs::new();
        let bytes = file.stage0(target).build();
        dirs.assert_accepts(Some(target), &dirs.input("any-name", &bytes));
        dirs.assert_accepts(
            None,
            &dirs.input(&format!("fastboop-stage0-{target}"), &bytes),
        );
    }
}

#[test]
fn default_target_is_aarch64() {
    let dirs = Dirs::new();
    dirs.assert_rejects(
        None,
        &dirs.input("x", &ElfFile::x86_64().build()),
        "expected AArch64",
    );
    dirs.assert_accepts(None, &dirs.input("a", &stage0()));
}

#[test]
fn warns_about_a_program_without_metadata_and_names_it() {
    let dirs = Dirs::new();
    let input = dirs.input("go-program", &ElfFile::aarch64().build());
    let output = dirs.embed(None, &input);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    let start = format!("warning: {}: no package metadata note", input.display());
    assert!(message.starts_with(&start), "{message}");
    assert_eq!(fs::read(dirs.output()).unwrap(), fs::read(input).unwrap());
}

#[test]
fn rejects_an_output_that_is_the_input() {
    let dirs = Dirs::new();
    let input = dirs.input("a", &stage0());
    fs::hard_link(&input, dirs.output()).unwrap();
    let output = dirs.embed(None, &input);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("out: the same file as the input"),
        "{message}"
    );
}

#[test]
fn follows_symbolic_links() {
    // Inputs of Bazel's actions are symbolic links.
    let dirs = Dirs::new();
    let link = dirs.inputs.path().join("link");
    symlink(dirs.input("file", &stage0()), &link).unwrap();
    dirs.assert_accepts(None, &link);
    assert!(fs::symlink_metadata(dirs.output()).unwrap().is_file());
}

#[test]
fn rejects_a_real_dynamic_program() {
    // This test binary, which is linked for the host.
    let dirs = Dirs::new();
    let host = match std::env::consts::ARCH {
        "x86_64" => X86_64,
        "aarch64" => AARCH64,
        "arm" => ARMV7,
        "riscv64" => RISCV64,
        other => panic!("stage0 has no target for this machine ({other})"),
    };
    let test_binary = std::env::current_exe().unwrap();
    dirs.assert_rejects(
        Some(host),
        &test_binary,
        "dynamically linked: it needs the loader /",
    );
}

#[test]
fn rejects_another_machine() {
    let dirs = Dirs::new();
    let input = dirs.input(
        &format!("fastboop-stage0-{AARCH64}"),
        &ElfFile::x86_64().build(),
    );
    dirs.assert_rejects(
        None,
        &input,
        "expected AArch64 (e_machine 183) for aarch64-unknown-linux-musl, got x86-64",
    );
    dirs.assert_rejects(
        Some(X86_64),
        &input,
        "the file is named for aarch64-unknown-linux-musl",
    );
}

#[test]
fn rejects_files_other_than_programs() {
    let dirs = Dirs::new();
    let whole = ElfFile::aarch64().build();
    dirs.assert_rejects(None, &dirs.input("empty", b""), "empty (0 bytes)");
    dirs.assert_rejects(
        None,
        &dirs.input("script", b"#!/bin/sh\necho stage0\n"),
        "a script",
    );
    dirs.assert_rejects(None, &dirs.input("text", b"hello"), "not an ELF file");
    dirs.assert_rejects(None, &dirs.input("short", &whole[..40]), "truncated");
    dirs.assert_rejects(
        None,
        &dirs.input("shorter", &whole[..whole.len() - 1]),
        "truncated",
    );
    dirs.assert_rejects(None, dirs.inputs.path(), "a directory");
    dirs.assert_rejects(None, &dirs.inputs.path().join("gone"), "no such file");
}

#[test]
fn fails_if_the_output_cannot_be_written() {
    let dirs = Dirs::new();
    fs::create_dir(dirs.output()).unwrap();
    let input = dirs.input("a", &ElfFile::aarch64().build());
    let output = dirs.embed(None, &input);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("out: a directory"), "{message}");
    assert_eq!(fs::read_dir(dirs.output()).unwrap().count(), 0);
}

#[test]
fn usage_errors_exit_with_2() {
    let dirs = Dirs::new();
    let input = dirs.input("a", &ElfFile::aarch64().build());
    let output = dirs.embed(Some("mips-unknown-linux-musl"), &input);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(
        message.contains("riscv64gc-unknown-linux-musl"),
        "{message}"
    );

    let status = Command::new(env!("CARGO_BIN_EXE_stage0-embed"))
        .output()
        .unwrap()
        .status;
    assert_eq!(status.code(), Some(2));
}
