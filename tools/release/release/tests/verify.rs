//! `release verify`, through the binary, on a generated release. stage0 and the program are minimal ELF
//! files; files that `verify` does not open (packages, crates, manuals) contain a line of text; digests
//! and SBOMs are real. A stub replaces cosign, which .ci/slow/80-release runs.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use fastboop_files::{FileName, Sha256Digest, Sums};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use stage0_testing::ElfFile;
use tempfile::TempDir;

const AARCH64: &str = "fastboop-stage0-aarch64-unknown-linux-musl";
const ARMV7: &str = "fastboop-stage0-armv7-unknown-linux-musleabihf";
const X86_64: &str = "fastboop-stage0-x86_64-unknown-linux-musl";
const HOST: &str = "fastboop-1.2.3-x86_64-unknown-linux-musl.tar.gz";
const SBOM: &str = "fastboop-stage0-1.2.3.cdx.json";

type Files = BTreeMap<String, Vec<u8>>;

fn stage0(file: ElfFile, name: &str) -> Vec<u8> {
    let triple = name.strip_prefix("fastboop-stage0-").unwrap();
    file.stage0(triple).build()
}

/// An archive with a program that contains `stage0`.
fn host_archive(stage0: &[u8]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = tar::Header::new_ustar();
    let program = [b"program", stage0, b"end"].concat();
    header.set_size(program.len() as u64);
    header.set_mode(0o755);
    archive
        .append_data(&mut header, "top/fastboop", program.as_slice())
        .unwrap();
    archive.into_inner().unwrap().finish().unwrap()
}

/// All assets except for SBOMs, SHA256SUMS and its signature.
fn assets() -> Files {
    let mut files = Files::new();
    let mut add = |name: &str, bytes: Vec<u8>| files.insert(name.to_owned(), bytes);
    let carried = stage0(ElfFile::aarch64(), AARCH64);
    for host in ["aarch64", "x86_64"] {
        let name = format!("fastboop-1.2.3-{host}-unknown-linux-musl.tar.gz");
        add(&name, host_archive(&carried));
    }
    add(AARCH64, carried);
    add(ARMV7, stage0(ElfFile::armv7(), ARMV7));
    add(X86_64, stage0(ElfFile::x86_64().static_pie(), X86_64));
    for name in [
        "fastboop-1.2.3.tar.gz",
        "fastboop-1.2.3-man.tar.gz",
        "fastboop-1.2.3-vendor.tar.gz",
        "fastboop.bash",
        "fastboop.fish",
        "fastboop.zsh",
        "fastboop_1.2.3-1_amd64.deb",
        "fastboop-1.2.3-1.x86_64.rpm",
        "fastboop-cli-1.2.3.crate",
    ] {
        add(name, format!("a stub for {name}\n").into_bytes());
    }
    let plan = json!({
        "version": "1.2.3",
        "tag": "v1.2.3",
        "downloads": "https://example.org/v1.2.3",
        "packages": true,
        "crates": ["fastboop-cli"],
    });
    add("release-plan.json", plan.to_string().into_bytes());
    files
}

fn digest(bytes: &[u8]) -> String {
    Sha256Digest::compute(bytes).to_string()
}

/// Adds SBOMs that match the other files.
fn add_sboms(files: &mut Files) {
    for (program, file) in [("fastboop", HOST), ("fastboop-stage0", AARCH64)] {
        let content = digest(&files[file]);
        let mut sbom = json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "metadata": { "component": { "components": [
                { "name": file, "hashes": [{ "alg": "SHA-256", "content": content }] },
            ] } },
        });
        let mut uuid = digest(sbom.to_string().as_bytes())[..30].to_owned();
        for (position, text) in [(8, "-"), (13, "-8"), (18, "-8"), (23, "-")] {
            uuid.insert_str(position, text);
        }
        sbom["serialNumber"] = json!(format!("urn:uuid:{uuid}"));
        files.insert(format!("{program}-1.2.3.cdx.json"), sbom.to_string().into());
    }
}

/// Writes the files, SHA256SUMS and a placeholder for its signature to a directory.
fn write(files: &Files) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut sums = Sums::default();
    for (name, bytes) in files {
        fs::write(dir.path().join(name), bytes).unwrap();
        sums.insert(FileName::new(name).unwrap(), Sha256Digest::compute(bytes));
    }
    fs::write(dir.path().join("SHA256SUMS"), sums.to_bytes()).unwrap();
    fs::write(dir.path().join("SHA256SUMS.sigstore.json"), "{}").unwrap();
    dir
}

/// Writes a consistent release after `change` has changed its assets.
fn release(change: impl FnOnce(&mut Files)) -> TempDir {
    let mut files = assets();
    change(&mut files);
    add_sboms(&mut files);
    write(&files)
}

fn verify(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_release"));
    let command = command.arg("verify").arg(directory).args(arguments);
    command.output().unwrap()
}

/// Asserts that `verify` fails with one line for each pair of a file name and a message, and no other.
fn assert_fails(directory: &Path, lines: &[(&str, &str)]) {
    let output = verify(directory, &[]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    for (name, words) in lines {
        let is_match = |line: &str| line.contains(&format!("/{name}: ")) && line.contains(words);
        assert!(text.lines().any(is_match), "{name}, {words}: {text}");
    }
    assert_eq!(text.lines().count(), lines.len(), "{text}");
    assert!(output.stdout.is_empty());
}

fn replace(files: &mut Files, name: &str, bytes: Vec<u8>) {
    assert!(files.insert(name.to_owned(), bytes).is_some(), "{name}");
}

#[test]
fn accepts_a_complete_release() {
    let output = verify(release(|_| ()).path(), &[]);
    let warnings = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{warnings}");
    assert!(
        warnings.contains("the signature was not verified"),
        "{warnings}"
    );
    assert_eq!(warnings.lines().count(), 1, "{warnings}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("fastboop 1.2.3, all 19 files are valid"),
        "{text}"
    );
}

#[test]
fn reports_a_missing_directory() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    for (name, words) in [
        ("gone", "gone: no such directory; check the path"),
        ("file", "file: not a directory; "),
    ] {
        let output = verify(&dir.path().join(name), &[]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn reports_the_file_with_a_flipped_bit() {
    let dir = release(|_| ());
    for name in [
        "fastboop-1.2.3-man.tar.gz",
        "fastboop-1.2.3-vendor.tar.gz",
        "fastboop_1.2.3-1_amd64.deb",
        "fastboop-cli-1.2.3.crate",
    ] {
        let path = dir.path().join(name);
        let good = fs::read(&path).unwrap();
        let mut bad = good.clone();
        bad[5] ^= 1;
        fs::write(&path, &bad).unwrap();
        assert_fails(dir.path(), &[(name, "SHA-256 mismatch: expected")]);
        fs::write(&path, &good).unwrap();
    }
}

#[test]
fn reports_any_removed_asset() {
    let whole = release(|_| ());
    let mut names: Vec<_> = fs::read_dir(whole.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 19);
    for name in names {
        let dir = release(|_| ());
        fs::remove_file(dir.path().join(&name)).unwrap();
        let output = verify(dir.path(), &[]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {text}");
        // A missing package is reported by its name, from the list, besides its pattern.
        assert!(text.contains(&format!("/{name}: ")), "{name}: {text}");
    }
}

#[test]
fn reports_an_asset_that_is_neither_present_nor_listed() {
    let dir = release(|files| {
        files.remove(ARMV7);
        files.remove("fastboop_1.2.3-1_amd64.deb");
    });
    let missing = "missing; assemble the release again";
    assert_fails(
        dir.path(),
        &[(ARMV7, missing), ("fastboop_1.2.3*.deb", missing)],
    );
}

#[test]
fn reports_foreign_files() {
    let dir = release(|files| {
        files.insert("notes.txt".to_owned(), b"notes".to_vec());
    });
    assert_fails(dir.path(), &[("notes.txt", "not an asset")]);
}

#[test]
fn reports_swapped_architectures() {
    let dir = release(|files| {
        let (x86_64, armv7) = (files[X86_64].clone(), files[ARMV7].clone());
        replace(files, X86_64, armv7);
        replace(files, ARMV7, x86_64);
    });
    assert_fails(dir.path(), &[(X86_64, "machine: "), (ARMV7, "machine: ")]);
}

#[test]
fn reports_a_dynamic_stage0() {
    let dynamic = ElfFile {
        needed: vec!["libc.so"],
        interp: Some("/lib/ld-musl-x86_64.so.1"),
        ..ElfFile::x86_64().static_pie()
    };
    let dir = release(|files| replace(files, X86_64, stage0(dynamic, X86_64)));
    assert_fails(dir.path(), &[(X86_64, "static: ")]);
}

#[test]
fn reports_a_stage0_of_another_version() {
    let json = r#"{"type":"fastboop","name":"fastboop-stage0","version":"1.2.2","target":"x86_64-unknown-linux-musl"}"#;
    let old = ElfFile {
        notes: vec![stage0_testing::metadata_note(json)],
        ..ElfFile::x86_64()
    };
    let dir = release(|files| replace(files, X86_64, old.build()));
    assert_fails(
        dir.path(),
        &[(
            X86_64,
            "identity: version mismatch in the metadata: expected",
        )],
    );
}

#[test]
fn reports_a_program_with_another_stage0() {
    let dir = release(|files| replace(files, HOST, host_archive(b"an older one")));
    assert_fails(
        dir.path(),
        &[(HOST, "does not carry fastboop-stage0-aarch64")],
    );
    let dir = release(|files| replace(files, HOST, b"text".to_vec()));
    assert_fails(dir.path(), &[(HOST, "damaged .tar.gz")]);
}

#[test]
fn reports_sboms_of_other_files() {
    let mut files = assets();
    add_sboms(&mut files);
    let carried = ElfFile {
        data: b"another".to_vec(),
        ..ElfFile::aarch64()
    };
    let carried = stage0(carried, AARCH64);
    for host in ["aarch64", "x86_64"] {
        let name = format!("fastboop-1.2.3-{host}-unknown-linux-musl.tar.gz");
        replace(&mut files, &name, host_archive(&carried));
    }
    replace(&mut files, AARCH64, carried);
    let lines = [
        (SBOM, "another fastboop-stage0-aarch64"),
        ("fastboop-1.2.3.cdx.json", "another fastboop-1.2.3-x86_64"),
    ];
    assert_fails(write(&files).path(), &lines);
}

#[test]
fn reports_an_edited_sbom() {
    let mut files = assets();
    add_sboms(&mut files);
    let text = String::from_utf8(files[SBOM].clone()).unwrap();
    let edited = text.replace("\"specVersion\"", "\"note\":\"x\",\"specVersion\"");
    assert_ne!(edited, text);
    replace(&mut files, SBOM, edited.into_bytes());
    assert_fails(write(&files).path(), &[(SBOM, "serial number")]);
}

#[test]
fn reports_an_unsorted_list() {
    let dir = release(|_| ());
    let path = dir.path().join("SHA256SUMS");
    let text = fs::read_to_string(&path).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.reverse();
    fs::write(&path, lines.join("\n") + "\n").unwrap();
    assert_fails(dir.path(), &[("SHA256SUMS", "not sorted")]);
}

/// Runs `verify --key KEY` with the program at `cosign` as cosign. Asserts the exit code, and that it
/// prints one line that contains `words`.
fn assert_verify_key(cosign: &str, key: &str, code: i32, words: &str) {
    let path = tempfile::tempdir().unwrap();
    fs::write(path.path().join("key.pub"), "key").unwrap();
    symlink(cosign, path.path().join("cosign")).unwrap();
    let release = release(|_| ());
    let output = Command::new(env!("CARGO_BIN_EXE_release"))
        .args(["verify", "--key"])
        .args([&path.path().join(key), release.path()])
        .env("PATH", path.path())
        .output()
        .unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains(words), "{text}");
}

#[test]
fn cosign_verifies_the_signature() {
    assert_verify_key("/bin/true", "key.pub", 0, "are valid");
    assert_verify_key(
        "/bin/false",
        "key.pub",
        1,
        "key.pub: cosign: no message; use",
    );
    assert_verify_key(
        "/nonexistent",
        "key.pub",
        1,
        "cosign: cannot start; install it",
    );
    assert_verify_key("/bin/true", "missing.pub", 1, "missing.pub: no such file");
}
