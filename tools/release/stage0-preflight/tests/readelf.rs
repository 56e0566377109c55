//! stage0-preflight and readelf agree on which programs are static.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use clean_build::write_script;
use serde_json::Value;

/// The directories to search for ELF files, as in PATH.
const DIRECTORIES: &str = "FASTBOOP_READELF_DIRECTORIES";

/// The largest file that stage0-preflight reads.
const MAX_SIZE: u64 = 64 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Needs neither a loader nor a library. Loaders, and libraries without dependencies, are static too.
    Static,
    Dynamic,
    /// An object file or a core dump.
    NotAProgram,
}

#[test]
#[ignore = "needs hundreds of ELF files for several machines; `.ci/run readelf` collects them"]
fn agrees_with_readelf() {
    let directories = std::env::var_os(DIRECTORIES).expect(DIRECTORIES);
    let mut files = Vec::new();
    let mut seen = HashSet::new();
    for directory in std::env::split_paths(&directories) {
        find_elf_files(&directory, &mut seen, &mut files);
    }
    let mut kinds = BTreeMap::<Kind, usize>::new();
    let mut machines = BTreeMap::<String, usize>::new();
    let preflight = Path::new(env!("CARGO_BIN_EXE_stage0-preflight"));
    let differences = compare(preflight, &files, |machine, kind| {
        *kinds.entry(kind).or_default() += 1;
        *machines.entry(machine).or_default() += 1;
    });
    println!(
        "{} ELF files: {kinds:?}\nmachines: {machines:?}",
        files.len()
    );
    assert_eq!(differences, [""; 0]);
    let count = |kind| kinds.get(&kind).copied().unwrap_or_default();
    let (fixed, dynamic) = (count(Kind::Static), count(Kind::Dynamic));
    assert!(
        fixed >= 10 && dynamic >= 10 && fixed + dynamic >= 200 && machines.len() >= 3,
        "too few ELF files; name more directories in {DIRECTORIES}"
    );
}

#[test]
#[ignore = "needs readelf"]
fn finds_a_wrong_verdict() {
    let directory = tempfile::tempdir().unwrap();
    let wrong = directory.path().join("wrong");
    let script = format!(
        "#!/bin/sh\n{} \"$@\" | sed '/\"check\": \"static\"/{{n;s/failed/passed/}}'\n",
        env!("CARGO_BIN_EXE_stage0-preflight")
    );
    write_script(&wrong, &script).unwrap();
    let dynamic = fs::canonicalize("/bin/sh").unwrap();
    let [difference] = &compare(&wrong, &[dynamic], |_, _| ())[..] else {
        panic!("one file has the wrong verdict");
    };
    assert!(
        difference.ends_with("readelf: Dynamic, stage0-preflight: Ok(Static)"),
        "{difference}"
    );
}

/// Compares both verdicts on each file, reports readelf's, and returns a line for each difference.
fn compare(
    preflight: &Path,
    files: &[PathBuf],
    mut report: impl FnMut(String, Kind),
) -> Vec<String> {
    let mut differences = Vec::new();
    // Far from the longest possible command line.
    for files in files.chunks(200) {
        let verdicts = run_preflight(preflight, files);
        for file in files {
            let (machine, expected) = run_readelf(file);
            report(machine, expected);
            let found = verdicts.get(file);
            if found != Some(&Ok(expected)) {
                let found = found.map_or("no verdict".to_owned(), |found| format!("{found:?}"));
                differences.push(format!(
                    "{}: readelf: {expected:?}, stage0-preflight: {found}",
                    file.display()
                ));
            }
        }
    }
    differences
}

/// Adds the ELF files in a directory, each once whatever links to it.
fn find_elf_files(directory: &Path, seen: &mut HashSet<(u64, u64)>, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(directory);
    for entry in entries.unwrap_or_else(|error| panic!("{}: {error}", directory.display())) {
        let path = entry.unwrap().path();
        let status = fs::symlink_metadata(&path).unwrap();
        // stage0-preflight would check that such a file is for the target in its name.
        let name = path.file_name().unwrap_or_default();
        let is_artifact = name.as_encoded_bytes().starts_with(b"fastboop-stage0-");
        if status.is_dir() {
            find_elf_files(&path, seen, files);
        } else if status.is_file()
            && status.len() <= MAX_SIZE
            && !is_artifact
            && is_elf(&path)
            && seen.insert((status.dev(), status.ino()))
        {
            files.push(path);
        }
    }
}

fn is_elf(path: &Path) -> bool {
    let mut magic = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && magic == *b"\x7fELF"
}

fn run_preflight(preflight: &Path, files: &[PathBuf]) -> BTreeMap<PathBuf, Result<Kind, String>> {
    let output = Command::new(preflight)
        // The check that it is for this target may fail.
        .args([
            "--target=aarch64-unknown-linux-musl",
            "--run=never",
            "--format=json",
        ])
        .args(files)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    let artifacts = report["artifacts"]
        .as_array()
        .expect("the report lists artifacts");
    // A required target without a file has no path.
    let with_path = artifacts
        .iter()
        .filter_map(|artifact| Some((artifact["path"].as_str()?, &artifact["checks"])));
    with_path
        .map(|(path, checks)| (path.into(), parse_checks(checks)))
        .collect()
}

fn parse_checks(checks: &Value) -> Result<Kind, String> {
    let outcome = |name| {
        let check = checks
            .as_array()?
            .iter()
            .find(|check| check["check"] == name)?;
        check["outcome"].as_str()
    };
    match (outcome("static"), outcome("program-type")) {
        (Some("passed"), _) => Ok(Kind::Static),
        (Some("failed"), _) => Ok(Kind::Dynamic),
        (Some("skipped"), Some("failed")) => Ok(Kind::NotAProgram),
        _ => Err(checks.to_string()),
    }
}

/// The file's machine and kind.
fn run_readelf(file: &Path) -> (String, Kind) {
    let output = Command::new("readelf")
        .args(["--wide", "--file-header", "--program-headers", "--dynamic"])
        .arg(file)
        .env("LC_ALL", "C")
        .output()
        .expect("readelf");
    let output = String::from_utf8_lossy(&output.stdout);
    parse_readelf(&output)
        .unwrap_or_else(|| panic!("{}: no type or machine in: {output}", file.display()))
}

fn parse_readelf(output: &str) -> Option<(String, Kind)> {
    let mut lines = output.lines().map(str::trim_start);
    let field = |name| {
        output
            .lines()
            .find_map(|line| line.trim_start().strip_prefix(name))
    };
    let machine = field("Machine:")?.trim().to_owned();
    let is_dynamic = lines.any(|line| line.starts_with("INTERP ") || line.contains("(NEEDED)"));
    let kind = match field("Type:")?.split_whitespace().next()? {
        "EXEC" | "DYN" if is_dynamic => Kind::Dynamic,
        "EXEC" | "DYN" => Kind::Static,
        _ => Kind::NotAProgram,
    };
    Some((machine, kind))
}

#[test]
fn parses_readelf() {
    let kind = |kind: &str, more: &str| {
        let text = format!("  Type:    {kind} (x)\n  Machine:   AArch64\n{more}\n");
        parse_readelf(&text).map(|(_, kind)| kind)
    };
    let needed = " 0x01 (NEEDED)  Shared library: [libc.so.6]";
    assert_eq!(kind("DYN", "  LOAD 0x0"), Some(Kind::Static));
    assert_eq!(kind("DYN", "  INTERP 0x1c8"), Some(Kind::Dynamic));
    assert_eq!(kind("EXEC", needed), Some(Kind::Dynamic));
    assert_eq!(kind("REL", needed), Some(Kind::NotAProgram));
    assert_eq!(parse_readelf("readelf: Error: Not an ELF file"), None);
}
