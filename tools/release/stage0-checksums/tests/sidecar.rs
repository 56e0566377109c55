//! The subcommands `write-sidecar` and `check-sidecar`, through the binary.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use stage0_testing::ElfFile;
use tempfile::TempDir;

const ASSET: &str = "fastboop-stage0-aarch64-unknown-linux-musl";

/// A directory with an artifact and its sidecar.
struct Dir(TempDir);

impl Dir {
    fn with_artifact(name: &str, artifact: &[u8]) -> (Self, PathBuf) {
        let dir = Dir(TempDir::new().unwrap());
        let path = dir.0.path().join(name);
        fs::write(&path, artifact).unwrap();
        (dir, path)
    }

    fn sidecar(&self) -> PathBuf {
        self.0.path().join("stage0-aarch64.sha256sum")
    }

    fn run(&self, command: &str, artifact: &PathBuf) -> Output {
        Command::new(env!("CARGO_BIN_EXE_stage0-checksums"))
            .arg(command)
            .arg("--artifact")
            .arg(artifact)
            .arg("--sidecar")
            .arg(self.sidecar())
            .output()
            .unwrap()
    }

    fn assert_fails(&self, command: &str, artifact: &PathBuf, words: &str) {
        let output = self.run(command, artifact);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(
            message.contains(self.0.path().to_str().unwrap()),
            "{message}"
        );
        assert!(message.contains(words), "{words}: {message}");
    }
}

/// A stage0 for the target of [`ASSET`].
fn stage0() -> ElfFile {
    ElfFile::aarch64().stage0("aarch64-unknown-linux-musl")
}

fn assert_succeeds(output: &Output) {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn check_sidecar_and_sha256sum_accept_a_written_sidecar() {
    let (dir, artifact) = Dir::with_artifact(ASSET, &stage0().build());
    assert_succeeds(&dir.run("write-sidecar", &artifact));
    assert_succeeds(&dir.run("check-sidecar", &artifact));
    let mut sha256sum = Command::new("sha256sum");
    sha256sum.args(["--check", "--strict", "--status"]);
    assert_succeeds(
        &sha256sum
            .arg(dir.sidecar())
            .current_dir(dir.0.path())
            .output()
            .unwrap(),
    );
}

#[test]
fn accepts_bake_as_a_hidden_alias() {
    let (dir, artifact) = Dir::with_artifact(ASSET, &stage0().build());
    assert_succeeds(&dir.run("bake", &artifact));
    assert_succeeds(&dir.run("check-sidecar", &artifact));
    let help = Command::new(env!("CARGO_BIN_EXE_stage0-checksums"))
        .arg("--help")
        .output()
        .unwrap();
    assert!(!String::from_utf8(help.stdout).unwrap().contains("bake"));
}

#[test]
fn sidecar_names_the_asset_of_a_renamed_file() {
    let (dir, artifact) = Dir::with_artifact("built", &stage0().build());
    assert_succeeds(&dir.run("write-sidecar", &artifact));
    let text = fs::read_to_string(dir.sidecar()).unwrap();
    assert!(text.ends_with(&format!("  {ASSET}\n")), "{text}");
}

#[test]
fn accepts_a_bare_digest_in_either_case() {
    let (dir, artifact) = Dir::with_artifact(ASSET, &stage0().build());
    assert_succeeds(&dir.run("write-sidecar", &artifact));
    let digest = fs::read_to_string(dir.sidecar()).unwrap()[..64].to_owned();
    for text in [
        digest.clone(),
        digest.to_uppercase(),
        format!("{digest} *x\r\n"),
    ] {
        fs::write(dir.sidecar(), text).unwrap();
        assert_succeeds(&dir.run("check-sidecar", &artifact));
    }
}

#[test]
fn detects_another_artifact() {
    let (dir, artifact) = Dir::with_artifact(ASSET, &stage0().build());
    assert_succeeds(&dir.run("write-sidecar", &artifact));
    fs::write(&artifact, stage0().static_pie().build()).unwrap();
    dir.assert_fails("check-sidecar", &artifact, "SHA-256 mismatch: expected");
}

#[test]
fn write_sidecar_rejects_files_other_than_stage0() {
    for (name, bytes, words) in [
        (ASSET, ElfFile::x86_64().build(), "got x86-64"),
        ("built", ElfFile::armv7().build(), "got Arm"),
        (ASSET, Vec::new(), "empty (0 bytes)"),
        (ASSET, b"#!/bin/sh\n".to_vec(), "a script"),
        (
            ASSET,
            ElfFile::aarch64().build(),
            "no package metadata note",
        ),
        (
            ASSET,
            ElfFile::aarch64()
                .stage0("x86_64-unknown-linux-musl")
                .build(),
            "target mismatch in the metadata",
        ),
    ] {
        let (dir, artifact) = Dir::with_artifact(name, &bytes);
        dir.assert_fails("write-sidecar", &artifact, words);
        assert!(!dir.sidecar().exists());
        fs::write(dir.sidecar(), "old").unwrap();
        dir.assert_fails("write-sidecar", &artifact, words);
        assert_eq!(fs::read(dir.sidecar()).unwrap(), b"old");
    }
}

#[test]
fn rejects_invalid_sidecars() {
    let (dir, artifact) = Dir::with_artifact(ASSET, &stage0().build());
    dir.assert_fails("check-sidecar", &artifact, "no such file");
    for (text, words) in [
        ("", "empty (0 bytes)"),
        (" \n", "no digest in the file"),
        ("abc  name\n", "\"abc\" is not a SHA-256 digest"),
    ] {
        fs::write(dir.sidecar(), text).unwrap();
        dir.assert_fails("check-sidecar", &artifact, words);
    }
}

#[test]
fn check_sidecar_rejects_contradictions() {
    let (dir, artifact) = Dir::with_artifact(ASSET, &stage0().build());
    assert_succeeds(&dir.run("write-sidecar", &artifact));
    let line = fs::read_to_string(dir.sidecar()).unwrap();
    let other_digest = format!("{}  {ASSET}\n", "0".repeat(64));
    fs::write(dir.sidecar(), format!("{line}{other_digest}")).unwrap();
    dir.assert_fails(
        "check-sidecar",
        &artifact,
        "different digests on several lines",
    );
    fs::write(dir.sidecar(), line.replace("aarch64", "x86_64")).unwrap();
    dir.assert_fails(
        "check-sidecar",
        &artifact,
        "the sidecar is for x86_64-unknown-linux-musl, the artifact for aarch64",
    );
}

#[test]
fn rejects_the_sidecar_of_another_target() {
    let triple = "x86_64-unknown-linux-musl";
    let x86_64 = ElfFile::x86_64().stage0(triple).build();
    let (dir, artifact) = Dir::with_artifact(&format!("fastboop-stage0-{triple}"), &x86_64);
    // It is stage0-aarch64.sha256sum.
    for command in ["write-sidecar", "check-sidecar"] {
        dir.assert_fails(command, &artifact, "the sidecar is for aarch64");
    }
    assert!(!dir.sidecar().exists());
}

#[test]
fn rejects_a_sidecar_that_is_the_artifact() {
    let (dir, artifact) = Dir::with_artifact(ASSET, &stage0().build());
    fs::hard_link(&artifact, dir.sidecar()).unwrap();
    dir.assert_fails("write-sidecar", &artifact, "the same file as the input");
    assert_eq!(fs::read(&artifact).unwrap(), stage0().build());
}

#[test]
fn dash_is_standard_output_and_input() {
    let (dir, artifact) = Dir::with_artifact(ASSET, &stage0().build());
    let checksums = fs::canonicalize(env!("CARGO_BIN_EXE_stage0-checksums")).unwrap();
    let line = format!(
        "{0} write-sidecar --artifact $1 --sidecar - | {0} check-sidecar --artifact $1 --sidecar -",
        checksums.display()
    );
    let output = Command::new("sh")
        .args(["-c", &line, "sh"])
        .arg(&artifact)
        .current_dir(dir.0.path())
        .output()
        .unwrap();
    assert_succeeds(&output);
    assert_eq!(fs::read_dir(dir.0.path()).unwrap().count(), 1);
}

#[test]
fn usage_errors_exit_with_2() {
    let (dir, artifact) = Dir::with_artifact(ASSET, b"");
    assert_eq!(dir.run("boil", &artifact).status.code(), Some(2));
    let bare = Command::new(env!("CARGO_BIN_EXE_stage0-checksums"))
        .arg("write-sidecar")
        .output();
    assert_eq!(bare.unwrap().status.code(), Some(2));
}
