//! The binary, on generated artifacts: for each fault exactly one check fails.
//!
//! A shell script replaces qemu-user, for a target of another CPU than this machine's: the generated
//! files contain only headers.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod checks;
mod output;
mod processes;
mod runs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clean_build::write_script;
use serde_json::Value;
use stage0_testing::ElfFile;
use tempfile::TempDir;

const AARCH64: &str = "aarch64-unknown-linux-musl";
const RISCV64: &str = "riscv64gc-unknown-linux-musl";
const X86_64: &str = "x86_64-unknown-linux-musl";

/// The identity of a valid stage0 for riscv64.
const IDENTITY: &str = r#"{"type":"fastboop","name":"fastboop-stage0","version":"1.2.3","target":"riscv64gc-unknown-linux-musl"}"#;

fn valid(triple: &str) -> ElfFile {
    match triple {
        AARCH64 => ElfFile::aarch64(),
        RISCV64 => ElfFile::riscv64(),
        X86_64 => ElfFile::x86_64(),
        other => panic!("{other}"),
    }
    .stage0(triple)
}

/// A directory of artifacts, and one that is PATH.
struct Dirs {
    artifacts: TempDir,
    path: TempDir,
}

impl Dirs {
    fn new() -> Self {
        Dirs {
            artifacts: TempDir::new().unwrap(),
            path: TempDir::new().unwrap(),
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.artifacts.path().join(name)
    }

    fn add(&self, triple: &str, file: &ElfFile) -> PathBuf {
        self.write(&format!("fastboop-stage0-{triple}"), &file.build())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        fs::write(self.at(name), bytes).unwrap();
        self.at(name)
    }

    /// Installs a script as qemu-riscv64.
    fn install_emulator(&self, script: &str) {
        let path = self.path.path().join("qemu-riscv64");
        write_script(&path, &format!("#!/bin/sh\n{script}\n")).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stage0-preflight"));
        command
            .args(arguments)
            .env("PATH", self.path.path())
            .env_remove("GITHUB_STEP_SUMMARY");
        command
    }

    /// Checks `path`. Returns the exit code and the JSON.
    fn json(&self, arguments: &[&str], path: &Path) -> (Option<i32>, Value) {
        let output = self
            .command(&["--format=json"])
            .args(arguments)
            .arg(path)
            .output()
            .unwrap();
        let parsed = serde_json::from_slice(&output.stdout);
        (
            output.status.code(),
            parsed.unwrap_or_else(|error| panic!("{error}: {output:?}")),
        )
    }

    /// Checks a valid artifact for riscv64 with `script` as its emulator. Returns the exit code and the
    /// entry of the check `runs`.
    fn run(&self, script: &str, arguments: &[&str]) -> (Option<i32>, Value) {
        let path = self.add(RISCV64, &valid(RISCV64));
        self.install_emulator(script);
        let arguments = [&["--require", RISCV64], arguments].concat();
        let (code, json) = self.json(&arguments, &path);
        let others = failures(&json).into_iter().filter(|(id, _)| id != "runs");
        assert_eq!(others.count(), 0, "{json}");
        (code, last(&json))
    }
}

/// The failed checks of all artifacts with their reasons.
fn failures(json: &Value) -> Vec<(String, String)> {
    let artifacts = json["artifacts"].as_array().unwrap().iter();
    artifacts
        .flat_map(|artifact| artifact["checks"].as_array().unwrap())
        .filter(|check| check["outcome"] == "failed")
        .map(|check| {
            let text = |key: &str| check[key].as_str().unwrap().to_owned();
            (text("check"), text("reason"))
        })
        .collect()
}

/// The last check of the first artifact, which is `runs`.
fn last(json: &Value) -> Value {
    let check = json["artifacts"][0]["checks"].as_array().unwrap().last();
    let check = check.unwrap().clone();
    assert_eq!(check["check"], "runs");
    check
}

/// Asserts that `id` is the only failed check, and that its reason contains `words`.
#[track_caller]
fn assert_only(failures: &[(String, String)], id: &str, words: &str) {
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0].0, id, "{failures:?}");
    assert!(failures[0].1.contains(words), "{failures:?}");
}

fn text(output: &Output) -> String {
    String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap()
}
