//! Build directories with clones of a real repository.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use clean_build::{BuildDir, BuildEnv, Error};

fn git(directory: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example"])
        .args(arguments)
        .current_dir(directory)
        .env("HOME", directory)
        .status();
    assert!(status.unwrap().success(), "git {arguments:?}");
}

/// Creates a repository with a committed file and an untracked one.
fn repository() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    git(directory.path(), &["init", "--quiet"]);
    std::fs::write(directory.path().join("committed"), "one\n").unwrap();
    git(directory.path(), &["add", "committed"]);
    git(directory.path(), &["commit", "--quiet", "--message=one"]);
    std::fs::write(directory.path().join("new"), "two\n").unwrap();
    directory
}

fn new_build_dir(directory: &Path, source: &tempfile::TempDir) -> BuildDir {
    BuildDir::new(directory, source.path(), BuildEnv::default(), None).unwrap()
}

#[test]
fn clones_committed_files_and_appends_lines() {
    let source = repository();
    let directory = tempfile::tempdir().unwrap();
    let build_dir = new_build_dir(&directory.path().join("deep/build"), &source);
    build_dir.append("committed", "more\n").unwrap();
    build_dir.append("user.bazelrc", "build\n").unwrap();
    let read = |file| std::fs::read_to_string(build_dir.checkout().join(file)).unwrap();
    assert_eq!(read("committed"), "one\nmore\n");
    assert_eq!(read("user.bazelrc"), "build\n");
    assert!(!build_dir.checkout().join("new").exists());
}

#[test]
fn copies_downloads() {
    let source = repository();
    let directory = tempfile::tempdir().unwrap();
    let downloads = directory.path().join("downloads");
    std::fs::create_dir(&downloads).unwrap();
    std::fs::write(downloads.join("file"), "x").unwrap();
    let build_dir = BuildDir::new(
        &directory.path().join("build"),
        source.path(),
        BuildEnv::default(),
        Some(&downloads),
    )
    .unwrap();
    assert!(build_dir.downloads().join("file").exists());
}

#[test]
fn copies_crates_and_rejects_a_home_without_any() {
    let source = repository();
    let directory = tempfile::tempdir().unwrap();
    let cargo_home = directory.path().join("cargo");
    std::fs::create_dir_all(cargo_home.join("registry/cache")).unwrap();
    std::fs::write(cargo_home.join("registry/cache/a.crate"), "x").unwrap();
    let build_dir = new_build_dir(&directory.path().join("build"), &source);
    build_dir.add_crates(&cargo_home).unwrap();
    let copied = directory
        .path()
        .join("build/home/.cargo/registry/cache/a.crate");
    assert!(copied.exists());
    let error = build_dir.add_crates(directory.path()).unwrap_err();
    assert!(error.to_string().contains("registry"), "{error}");
}

#[test]
fn reports_the_output_of_git() {
    let directory = tempfile::tempdir().unwrap();
    let error = BuildDir::new(
        &directory.path().join("build"),
        &directory.path().join("missing"),
        BuildEnv::default(),
        None,
    )
    .unwrap_err();
    assert!(matches!(error, Error::Failed { .. }));
    assert!(error.to_string().contains("does not exist"), "{error}");
}

#[test]
fn rejects_an_existing_directory() {
    let source = repository();
    let directory = tempfile::tempdir().unwrap();
    let error =
        BuildDir::new(directory.path(), source.path(), BuildEnv::default(), None).unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error}");
}

#[test]
fn sets_the_umask_and_the_year() {
    let source = repository();
    let directory = tempfile::tempdir().unwrap();
    let env = BuildEnv {
        umask: Some(0o027),
        year: Some(1985),
        ..BuildEnv::default()
    };
    let build_dir =
        BuildDir::new(&directory.path().join("build"), source.path(), env, None).unwrap();
    let mut touch = build_dir.command("touch".as_ref());
    touch.arg("made");
    build_dir.run(touch, "touch").unwrap();
    let made = std::fs::metadata(directory.path().join("build/made")).unwrap();
    assert_eq!(made.permissions().mode() & 0o777, 0o640);
    let old = std::fs::metadata(build_dir.checkout().join("committed")).unwrap();
    assert_eq!(old.permissions().mode() & 0o777, 0o640);
    let old = old.modified().unwrap();
    let year = Duration::from_secs(31_556_952);
    assert!(old > SystemTime::UNIX_EPOCH + 14 * year && old < SystemTime::UNIX_EPOCH + 17 * year);
}

#[test]
fn edits_a_program() {
    let source = repository();
    let directory = tempfile::tempdir().unwrap();
    let build_dir = new_build_dir(&directory.path().join("build"), &source);
    let error = build_dir.edit_program("committed", "text").unwrap_err();
    assert!(matches!(error, Error::MissingMain { .. }), "{error}");
    build_dir
        .append("main.rs", "fn main() -> ExitCode {\n}\n")
        .unwrap();
    build_dir.edit_program("main.rs", "text").unwrap();
    let edited = std::fs::read_to_string(build_dir.checkout().join("main.rs")).unwrap();
    assert!(edited.contains("black_box(\"text\");"), "{edited}");
    build_dir.discard().unwrap();
}
