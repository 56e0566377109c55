//! Checkouts of a real repository, by the real git.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use clean_build::{Error, Place, Surroundings};

fn git(directory: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example"])
        .args(arguments)
        .current_dir(directory)
        .env("HOME", directory)
        .status();
    assert!(status.unwrap().success(), "git {arguments:?}");
}

/// A repository with one committed file, and one that is not.
fn repository() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    git(directory.path(), &["init", "--quiet"]);
    std::fs::write(directory.path().join("committed"), "one\n").unwrap();
    git(directory.path(), &["add", "committed"]);
    git(directory.path(), &["commit", "--quiet", "--message=one"]);
    std::fs::write(directory.path().join("new"), "two\n").unwrap();
    directory
}

fn plain(directory: &Path, source: &tempfile::TempDir) -> Place {
    Place::new(directory, source.path(), Surroundings::plain(), None).unwrap()
}

#[test]
fn a_checkout_holds_what_is_committed_and_can_be_changed() {
    let source = repository();
    let directory = tempfile::tempdir().unwrap();
    let place = plain(&directory.path().join("deep/place"), &source);
    place.append("committed", "more\n").unwrap();
    place.append("user.bazelrc", "build\n").unwrap();
    let read = |file| std::fs::read_to_string(place.checkout().join(file)).unwrap();
    assert_eq!(read("committed"), "one\nmore\n");
    assert_eq!(read("user.bazelrc"), "build\n");
    assert!(!place.checkout().join("new").exists());
}

#[test]
fn downloads_are_copied() {
    let source = repository();
    let directory = tempfile::tempdir().unwrap();
    let downloads = directory.path().join("downloads");
    std::fs::create_dir(&downloads).unwrap();
    std::fs::write(downloads.join("file"), "x").unwrap();
    let place = Place::new(
        &directory.path().join("place"),
        source.path(),
        Surroundings::plain(),
        Some(&downloads),
    )
    .unwrap();
    assert!(place.downloads().join("file").exists());
}

#[test]
fn crates_are_copied_and_where_there_are_none_that_is_an_error() {
    let source = repository();
    let directory = tempfile::tempdir().unwrap();
    let cargo_home = directory.path().join("cargo");
    std::fs::create_dir_all(cargo_home.join("registry/cache")).unwrap();
    std::fs::write(cargo_home.join("registry/cache/a.crate"), "x").unwrap();
    let place = plain(&directory.path().join("place"), &source);
    place.add_crates(&cargo_home).unwrap();
    let copied = directory
        .path()
        .join("place/home/.cargo/registry/cache/a.crate");
    assert!(copied.exists());
    let error = place.add_crates(directory.path()).unwrap_err();
    assert!(error.to_string().contains("registry"), "{error}");
}

#[test]
fn what_git_says_is_in_the_error() {
    let directory = tempfile::tempdir().unwrap();
    let error = Place::new(
        &directory.path().join("place"),
        &directory.path().join("missing"),
        Surroundings::plain(),
        None,
    )
    .unwrap_err();
    assert!(matches!(error, Error::Failed { .. }));
    assert!(error.to_string().contains("does not exist"), "{error}");
}

#[test]
fn a_place_is_never_used_twice() {
    let source = repository();
    let directory = tempfile::tempdir().unwrap();
    let error =
        Place::new(directory.path(), source.path(), Surroundings::plain(), None).unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error}");
}

#[test]
fn umask_and_year_are_those_that_were_asked_for() {
    let source = repository();
    let directory = tempfile::tempdir().unwrap();
    let surroundings = Surroundings {
        umask: Some(0o027),
        year: Some(1985),
        ..Surroundings::plain()
    };
    let place = Place::new(
        &directory.path().join("place"),
        source.path(),
        surroundings,
        None,
    )
    .unwrap();
    let mut touch = place.command("touch".as_ref());
    touch.arg("made");
    place.run_well(touch, "touch").unwrap();
    let made = std::fs::metadata(directory.path().join("place/made")).unwrap();
    assert_eq!(made.permissions().mode() & 0o777, 0o640);
    let old = std::fs::metadata(place.checkout().join("committed")).unwrap();
    assert_eq!(old.permissions().mode() & 0o777, 0o640);
    let old = old.modified().unwrap();
    let year = Duration::from_secs(31_556_952);
    assert!(old > SystemTime::UNIX_EPOCH + 14 * year && old < SystemTime::UNIX_EPOCH + 17 * year);
}

#[test]
fn a_program_of_the_checkout_can_be_given_a_text() {
    let source = repository();
    let directory = tempfile::tempdir().unwrap();
    let place = plain(&directory.path().join("place"), &source);
    let error = place.put_into_program("committed", "text").unwrap_err();
    assert!(matches!(error, Error::NoMain { .. }), "{error}");
    place
        .append("main.rs", "fn main() -> ExitCode {\n}\n")
        .unwrap();
    place.put_into_program("main.rs", "text").unwrap();
    let edited = std::fs::read_to_string(place.checkout().join("main.rs")).unwrap();
    assert!(edited.contains("black_box(\"text\");"), "{edited}");
    place.discard().unwrap();
}
