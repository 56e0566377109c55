//! `verify`, and lists that `sha256sum` reads too.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use tempfile::TempDir;

use crate::{ODD_NAMES, Release, assert_succeeds, names};

#[test]
fn sha256sum_accepts_our_list_and_writes_the_same_bytes() {
    let release = Release::with_files(&ODD_NAMES);
    assert_succeeds(&release.generate());
    assert_succeeds(&release.shell("sha256sum --check --strict --status SHA256SUMS"));
    let count = release.shell("sha256sum --check SHA256SUMS | wc -l");
    assert_eq!(assert_succeeds(&count).trim(), ODD_NAMES.len().to_string());

    let theirs = release.shell("rm SHA256SUMS; LC_ALL=C; export LC_ALL; sha256sum -- *");
    assert_succeeds(&release.generate());
    assert_eq!(fs::read(release.list()).unwrap(), theirs.stdout);
}

#[test]
fn accepts_lists_of_sha256sum() {
    for mode in ["--text", "--binary"] {
        let release = Release::with_files(&ODD_NAMES);
        // Unsorted on purpose.
        let list = release.shell(&format!("sha256sum {mode} -- * | tac"));
        fs::write(release.list(), list.stdout).unwrap();
        let printed = assert_succeeds(&release.verify(&["--require", "*star"]));
        assert!(printed.contains("all 14 files match"), "{printed}");
    }
}

#[test]
fn reports_every_problem() {
    let release = Release::with_list(&["a", "b", "c", "d"]);
    fs::write(release.path("a"), "A").unwrap();
    fs::remove_file(release.path("b")).unwrap();
    fs::remove_file(release.path("c")).unwrap();
    symlink("d", release.path("c")).unwrap();
    release.assert_verify_fails(
        &["--require", "d", "--require", "e"],
        &[
            "SHA256SUMS\": no entry for \"e\", which is required",
            "a\": SHA-256 mismatch: \
             expected ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb, \
             got 559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd; ",
            "b\": listed, but missing",
            "c\": SHA-256 mismatch: ",
        ],
    );
}

#[test]
fn detects_a_flipped_bit_in_small_and_large_files() {
    let release = Release::with_files(&[]);
    for size in [1, 70_000, 5_000_000] {
        fs::write(release.path(size.to_string()), vec![7; size]).unwrap();
    }
    assert_succeeds(&release.generate());
    for size in [1, 70_000, 5_000_000] {
        let mut bytes = vec![7; size];
        bytes[size - 1] ^= 1;
        fs::write(release.path(size.to_string()), &bytes).unwrap();
        release.assert_verify_fails(&[], &["SHA-256 mismatch: "]);
        bytes[size - 1] ^= 1;
        fs::write(release.path(size.to_string()), &bytes).unwrap();
    }
    assert_succeeds(&release.verify(&[]));
}

#[test]
fn reports_the_line_of_an_invalid_list() {
    let a = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
    let release = Release::with_files(&[b"a"]);
    for (list, words) in [
        (format!("{a}  a\n{a}  a\n"), "line 2: \"a\" is listed twice"),
        (format!("{a}  a\r\n"), "line 1: ends with CR LF"),
        (
            format!("{a}  {}\n", release.path("a").display()),
            "line 1: an absolute path",
        ),
        (format!("{a}  ../a\n"), "line 1: a path with .."),
        (format!("{a}  b/../../a\n"), "line 1: a path with .."),
        (format!("{a}  b/a\n"), "line 1: a path with /"),
        (format!("{a}  a"), "line 1: missing trailing newline"),
        (format!("{a}  a\n\n"), "line 2: not `<digest>  <name>`"),
        (format!("{}  a\n", &a[1..]), "line 1: \"a978"),
        (String::new(), "empty (0 bytes)"),
    ] {
        fs::write(release.list(), list).unwrap();
        release.assert_verify_fails(&[], &[words]);
    }
    fs::remove_file(release.list()).unwrap();
    release.assert_verify_fails(&[], &["no such file"]);
}

#[test]
fn verify_rejects_anything_but_regular_files() {
    let release = Release::with_list(&["directory", "link", "socket"]);
    for name in ["directory", "link", "socket"] {
        fs::remove_file(release.path(name)).unwrap();
    }
    fs::create_dir(release.path("directory")).unwrap();
    symlink("gone", release.path("link")).unwrap();
    let _socket = UnixListener::bind(release.path("socket")).unwrap();
    release.assert_verify_fails(
        &[],
        &[
            "\": a directory, but the list has a file of that name; replace it with a download",
            "\": a symbolic link to a missing file; replace it with a download",
            "\": not a regular file; replace it with a download",
        ],
    );
}

#[test]
fn verify_does_not_wait_for_a_named_pipe() {
    let release = Release::with_list(&["pipe"]);
    assert_succeeds(&release.shell("rm pipe && mkfifo pipe"));
    release.assert_verify_fails(
        &[],
        &["pipe\": not a regular file; replace it with a download"],
    );
}

#[test]
fn follows_symbolic_links_to_regular_files() {
    // As in bazel-bin.
    let elsewhere = TempDir::new().unwrap();
    fs::write(elsewhere.path().join("built"), "built").unwrap();
    let release = Release::with_files(&[b"a"]);
    symlink(elsewhere.path().join("built"), release.path("link")).unwrap();
    assert_succeeds(&release.generate());
    assert_succeeds(&release.verify(&["--require", "link"]));
    assert_succeeds(&release.shell("sha256sum --check --strict --status SHA256SUMS"));
    fs::write(elsewhere.path().join("built"), "built again").unwrap();
    release.assert_verify_fails(&[], &["link\": SHA-256 mismatch"]);
}

#[test]
fn ignore_missing_skips_missing_files_that_are_not_required() {
    let release = Release::with_list(&["a", "b", "c"]);
    fs::remove_file(release.path("b")).unwrap();
    release.assert_verify_fails(&[], &["b\": listed, but missing"]);
    let printed = assert_succeeds(&release.verify(&["--ignore-missing"]));
    assert!(
        printed.ends_with("SHA256SUMS: 2 files match, 1 are missing\n"),
        "{printed}"
    );
    assert_succeeds(&release.shell("sha256sum --check --ignore-missing --status SHA256SUMS"));
    release.assert_verify_fails(
        &["--ignore-missing", "--require", "b"],
        &["b\": listed, but missing"],
    );

    fs::write(release.path("c"), "C").unwrap();
    release.assert_verify_fails(&["--ignore-missing"], &["c\": SHA-256 mismatch"]);
    for name in ["a", "c"] {
        fs::remove_file(release.path(name)).unwrap();
    }
    release.assert_verify_fails(&["--ignore-missing"], &["all 3 listed files are missing"]);
}

#[test]
fn quiet_prints_nothing_if_all_files_match() {
    let release = Release::with_list(&["a", "b"]);
    assert_eq!(assert_succeeds(&release.verify(&["--quiet"])), "");
    fs::write(release.path("a"), "A").unwrap();
    release.assert_verify_fails(&["--quiet"], &["a\": SHA-256 mismatch"]);
}

#[test]
fn dash_is_standard_output_and_input() {
    let release = Release::with_list(&["a", "b"]);
    let list = fs::read_to_string(release.list()).unwrap();
    fs::remove_file(release.list()).unwrap();
    let checksums = env!("CARGO_BIN_EXE_stage0-checksums");
    let checksums = fs::canonicalize(checksums).unwrap();
    let checksums = checksums.display();
    let printed = assert_succeeds(&release.shell(&format!("{checksums} generate . -o -")));
    assert_eq!(printed, list);
    let printed = assert_succeeds(&release.shell(&format!(
        "{checksums} generate . -o - | {checksums} verify -"
    )));
    assert_eq!(printed, "-: all 2 files match\n");
    assert_eq!(
        names(release.0.path()),
        [release.path("a"), release.path("b")]
    );
}

#[test]
fn unlisted_files_are_warnings() {
    let release = Release::with_list(&["a"]);
    fs::write(release.path("z\n"), "").unwrap();
    fs::create_dir(release.path("directory")).unwrap();
    let output = release.verify(&["--require", "a"]);
    assert_eq!(output.status.code(), Some(0));
    let message = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<_> = message.lines().collect();
    assert_eq!(lines.len(), 2, "{message}");
    assert!(lines[0].starts_with("warning: ") && lines[0].contains("/directory\": not listed"));
    assert!(lines[1].starts_with("warning: ") && lines[1].contains("/z\\n\": not listed"));

    // Printed with an error, too.
    fs::remove_file(release.path("a")).unwrap();
    let message = String::from_utf8(release.verify(&[]).stderr).unwrap();
    assert_eq!(message.matches("warning: ").count(), 2, "{message}");
    assert_eq!(message.matches("error: ").count(), 1, "{message}");
}
