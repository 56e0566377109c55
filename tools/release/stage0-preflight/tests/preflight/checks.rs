//! Artifacts with one fault each.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;
use stage0_testing::{ElfFile, SHT_STRTAB, SHT_SYMTAB};
use tempfile::TempDir;

use crate::{AARCH64, Dirs, IDENTITY, RISCV64, X86_64, assert_only, failures, last, valid};

#[test]
fn requires_both_gating_targets_by_default() {
    let dirs = Dirs::new();
    dirs.add(X86_64, &valid(X86_64));
    let (code, json) = dirs.json(&["--run=never"], dirs.artifacts.path());
    assert_eq!(code, Some(1));
    assert_only(
        &failures(&json),
        "exists",
        "fastboop-stage0-aarch64-unknown-linux-musl is required",
    );
    assert_eq!(json["artifacts"][1]["path"], Value::Null);

    dirs.add(AARCH64, &valid(AARCH64));
    let (code, json) = dirs.json(&["--run=never"], dirs.artifacts.path());
    assert_eq!((code, failures(&json).len()), (Some(0), 0), "{json}");
    assert_eq!(json["passed"], true);
    assert_eq!(json["artifacts"][0]["target"], AARCH64);
    assert_eq!(last(&json)["reason"], "--run never");
}

#[test]
fn exists_fails_for_a_missing_file() {
    let dirs = Dirs::new();
    let gone = dirs.at(&format!("fastboop-stage0-{RISCV64}"));
    let (code, json) = dirs.json(&["--require", RISCV64], &gone);
    assert_eq!(code, Some(1));
    assert_only(&failures(&json), "exists", "no such file");

    let (_, json) = dirs.json(&["--require", RISCV64], &dirs.at("gone"));
    let first = &failures(&json)[0];
    assert!(first.1.contains("no such file or directory"), "{first:?}");
}

#[test]
fn not_empty_fails_for_an_empty_file() {
    let dirs = Dirs::new();
    let path = dirs.write(&format!("fastboop-stage0-{RISCV64}"), b"");
    let (code, json) = dirs.json(&["--require", RISCV64], &path);
    assert_eq!(code, Some(1));
    assert_only(&failures(&json), "not-empty", "empty (0 bytes)");
}

#[test]
fn name_fails_for_an_unknown_target() {
    let dirs = Dirs::new();
    dirs.add(RISCV64, &valid(RISCV64));
    let arguments = ["--require", RISCV64, "--run=never"];
    let unknown = dirs.write("fastboop-stage0-mips-unknown-linux-musl", b"x");
    let (code, json) = dirs.json(&arguments, dirs.artifacts.path());
    assert_eq!(code, Some(1));
    assert_only(&failures(&json), "name", "name it fastboop-stage0-<target>");
    fs::remove_file(unknown).unwrap();

    // Files with an extension or without the prefix are not artifacts.
    let checksum = dirs.write(&format!("fastboop-stage0-{RISCV64}.sha256"), b"x");
    dirs.write("SHA256SUMS", b"x");
    let (code, json) = dirs.json(&arguments, dirs.artifacts.path());
    assert_eq!(code, Some(0), "{json}");
    assert_eq!(json["passed_over"][0], checksum.to_str().unwrap());

    // --target supplies the target that a name does not contain.
    let other = dirs.write("stage0", &valid(RISCV64).build());
    let arguments = [&arguments[..], &["--target", RISCV64]].concat();
    assert_eq!(dirs.json(&arguments, &other).0, Some(0));
    let named = dirs.add(X86_64, &valid(X86_64));
    let (_, json) = dirs.json(&arguments, &named);
    assert!(failures(&json)[0].1.contains("named for x86_64"), "{json}");
}

#[test]
fn static_fails_for_a_dynamic_program() {
    let dirs = Dirs::new();
    let dynamic = ElfFile {
        interp: Some("/lib/ld.so"),
        ..valid(RISCV64)
    };
    let path = dirs.add(RISCV64, &dynamic);
    dirs.install_emulator(&format!("echo '{IDENTITY}'"));
    let (code, json) = dirs.json(&["--require", RISCV64], &path);
    assert_eq!(code, Some(1));
    assert_only(&failures(&json), "static", "the loader /lib/ld.so");
    assert_eq!(last(&json)["reason"], "static failed", "it is not run");
}

#[test]
fn options_configure_checks() {
    let dirs = Dirs::new();
    let path = dirs.add(RISCV64, &valid(RISCV64));
    let budget = dirs.write(
        "budget.toml",
        format!("{AARCH64} = 1\n{RISCV64} = 2\n{X86_64} = 3\narmv7-unknown-linux-musleabihf = 4\n")
            .as_bytes(),
    );
    for (option, value, id) in [
        ("--expect-version", "1.2.4", "identity"),
        ("--forbid", "fastboop-stage0", "paths"),
        ("--budget", budget.to_str().unwrap(), "size"),
    ] {
        let (code, json) = dirs.json(&["--require", RISCV64, "--run=never", option, value], &path);
        assert_eq!(code, Some(1));
        assert_only(&failures(&json), id, "");
    }
}

#[test]
fn warnings_fail_only_if_strict() {
    let dirs = Dirs::new();
    let unstripped = ElfFile {
        sections: vec![(".symtab", SHT_SYMTAB), (".shstrtab", SHT_STRTAB)],
        ..valid(RISCV64)
    };
    let path = dirs.add(RISCV64, &unstripped);
    let arguments = ["--require", RISCV64, "--run=never"];
    let (code, json) = dirs.json(&arguments, &path);
    assert_eq!(code, Some(0));
    assert_only(&failures(&json), "stripped", ".symtab");
    let arguments = [&arguments[..], &["--strict"]].concat();
    assert_eq!(dirs.json(&arguments, &path).0, Some(1));
}

#[test]
fn checks_the_file_that_a_symbolic_link_points_to() {
    // As in bazel-bin.
    let dirs = Dirs::new();
    let elsewhere = TempDir::new().unwrap();
    let built = elsewhere.path().join("built");
    fs::write(&built, valid(RISCV64).build()).unwrap();
    let link = dirs.at(&format!("fastboop-stage0-{RISCV64}"));
    symlink(&built, &link).unwrap();
    let arguments = ["--require", RISCV64, "--run=never"];
    let (code, json) = dirs.json(&arguments, dirs.artifacts.path());
    assert_eq!(code, Some(0), "{json}");
    fs::remove_file(built).unwrap();
    let (code, json) = dirs.json(&arguments, dirs.artifacts.path());
    assert_eq!(code, Some(1), "{json}");
    assert_only(&failures(&json), "exists", "no such file");
}

#[test]
fn names_what_a_file_is_instead_of_an_artifact() {
    let dirs = Dirs::new();
    let name = format!("fastboop-stage0-{RISCV64}");
    let freebsd = {
        let mut bytes = valid(RISCV64).build();
        bytes[7] = 9;
        bytes
    };
    let unknown = ElfFile {
        machine: 51966,
        ..valid(RISCV64)
    };
    for (bytes, id, words) in [
        (b"MZ\x90\0".to_vec(), "elf-format", "a PE program"),
        (
            b"\xcf\xfa\xed\xfe".to_vec(),
            "elf-format",
            "a Mach-O program",
        ),
        (freebsd, "machine", "got FreeBSD (EI_OSABI 9)"),
        (unknown.build(), "machine", "got e_machine 51966"),
    ] {
        let path = dirs.write(&name, &bytes);
        let (code, json) = dirs.json(&["--require", RISCV64], &path);
        assert_eq!(code, Some(1), "{json}");
        assert_only(&failures(&json), id, words);
    }
}
