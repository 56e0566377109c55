//! `generate`.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Release, assert_succeeds, run};

#[test]
fn list_omits_itself_however_its_path_is_spelled() {
    let release = Release::with_list(&["a", "b"]);
    let first = fs::read(release.list()).unwrap();
    let name = release.0.path().file_name().unwrap().to_str().unwrap();
    assert_succeeds(&release.shell(&format!(
        "{0} generate . -o SHA256SUMS && {0} generate ../{name} -o ./../{name}/SHA256SUMS",
        fs::canonicalize(env!("CARGO_BIN_EXE_stage0-checksums")).unwrap().display(),
    )));
    assert_eq!(fs::read(release.list()).unwrap(), first);
    assert_eq!(first.iter().filter(|byte| **byte == b'\n').count(), 2);
}

#[test]
fn generate_rejects_anything_but_regular_files() {
    let release = Release::with_list(&["a", "z"]);
    fs::create_dir(release.path("directory")).unwrap();
    symlink("gone", release.path("link")).unwrap();
    let _socket = UnixListener::bind(release.path("socket")).unwrap();
    let before = fs::read(release.list()).unwrap();
    release.assert_generate_fails(&[
        "\": a directory, but a release is flat; move its files up or remove it",
        "\": a symbolic link to a missing file; replace it with the file",
        "\": not a regular file; remove it",
    ]);
    assert_eq!(fs::read(release.list()).unwrap(), before);
}

/// Waits until `program` has opened the file at `path`.
fn wait_until_open(program: &Child, path: &Path) {
    let descriptors = format!("/proc/{}/fd", program.id());
    let deadline = Instant::now() + Duration::from_secs(60);
    let is_open = || {
        let mut descriptors = fs::read_dir(&descriptors).unwrap();
        descriptors.any(|fd| fs::read_link(fd.unwrap().path()).is_ok_and(|found| found == path))
    };
    while !is_open() {
        assert!(Instant::now() < deadline, "{path:?} is not opened");
        thread::yield_now();
    }
}

#[test]
fn generate_notices_changes_during_its_run() {
    let release = Release::with_list(&["a", "b", "z"]);
    let large = fs::canonicalize(release.path("b")).unwrap();
    File::create(&large).unwrap().set_len(32 << 20).unwrap();
    let before = fs::read(release.list()).unwrap();
    let program = Command::new(env!("CARGO_BIN_EXE_stage0-checksums"))
        .arg("generate")
        .args([release.0.path(), Path::new("-o"), &release.list()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // From now on, it has listed the directory and read the first file, and reads 32 MiB.
    wait_until_open(&program, &large);
    File::options()
        .append(true)
        .open(&large)
        .unwrap()
        .set_len(33 << 20)
        .unwrap();
    fs::write(release.path("a"), "longer than before").unwrap();
    fs::remove_file(release.path("z")).unwrap();
    fs::write(release.path("y"), "").unwrap();
    let output = program.wait_with_output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    let expected = [
        "/z\": removed while the directory was read; generate the list again",
        "/a\": changed while the directory was read; generate the list again",
        "/b\": changed while the directory was read; generate the list again",
        "/y\": created while the others were read; generate the list again",
    ];
    assert_eq!(message.lines().count(), expected.len(), "{message}");
    for (line, words) in message.lines().zip(expected) {
        assert!(line.contains(words), "{words}: {line}");
    }
    assert_eq!(fs::read(release.list()).unwrap(), before);
}

#[test]
fn generate_skips_temporary_files_with_a_warning() {
    let release = Release::with_files(&[b"a", b".fastboop-a1B2c3"]);
    let output = release.generate();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.starts_with("warning: "), "{message}");
    assert!(
        message.contains(".fastboop-a1B2c3\": a temporary file"),
        "{message}"
    );
    assert!(
        fs::read_to_string(release.list())
            .unwrap()
            .ends_with("  a\n")
    );
    assert_eq!(
        fs::read_to_string(release.list()).unwrap().lines().count(),
        1
    );
}

#[test]
fn generate_does_not_replace_a_file_of_the_release() {
    let release = Release::with_files(&[b"a", b"b"]);
    let generate = |output: &str| {
        run([
            OsStr::new("generate"),
            release.0.path().as_os_str(),
            OsStr::new("-o"),
            release.path(output).as_os_str(),
        ])
    };
    fs::hard_link(release.path("a"), release.path("SHA256SUMS")).unwrap();
    for (output, words) in [
        (
            "b",
            "b\": a file of the release, which the list would replace",
        ),
        ("SHA256SUMS", "SHA256SUMS: the same file as the input "),
    ] {
        let found = generate(output);
        let message = String::from_utf8(found.stderr).unwrap();
        assert_eq!(found.status.code(), Some(1), "{message}");
        assert!(message.contains(words), "{message}");
    }
    for name in ["a", "b"] {
        assert_eq!(fs::read_to_string(release.path(name)).unwrap(), name);
    }
    // An older list of another name is replaced.
    fs::remove_file(release.path("SHA256SUMS")).unwrap();
    for _ in 0..2 {
        assert_succeeds(&generate("sums.txt"));
    }
    let list = fs::read_to_string(release.path("sums.txt")).unwrap();
    assert_eq!(list.lines().count(), 2, "{list}");
}

#[test]
fn generate_rejects_an_empty_directory() {
    let release = Release::with_files(&[]);
    release.assert_generate_fails(&["no files in this directory"]);
    // An old list does not count as a file of the release.
    fs::write(release.list(), "old").unwrap();
    release.assert_generate_fails(&["no files in this directory"]);
    assert_eq!(fs::read(release.list()).unwrap(), b"old");

    let output = run(["generate", "/nonexistent", "-o", "/nonexistent/SHA256SUMS"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("\"/nonexistent\": cannot list the directory"),
        "{message}"
    );
}

#[test]
fn failed_write_leaves_nothing() {
    let release = Release::with_files(&[b"a"]);
    fs::create_dir(release.list()).unwrap();
    release.assert_generate_fails(&["SHA256SUMS: a directory"]);
}

#[test]
fn usage_errors_exit_with_2() {
    let release = Release::with_list(&["a"]);
    assert_eq!(
        release.verify(&["--require", "../a"]).status.code(),
        Some(2)
    );
    assert_eq!(release.verify(&["--require"]).status.code(), Some(2));
    assert_eq!(run(["generate", "."]).status.code(), Some(2));
    assert_eq!(run([""; 0]).status.code(), Some(2));
}
