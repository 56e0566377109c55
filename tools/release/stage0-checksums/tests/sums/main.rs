//! The subcommands `generate` and `verify`, through the binary: compared with coreutils' `sha256sum`,
//! and on invalid releases.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Valid file names that a list has to escape, or that a parser could misread.
const ODD_NAMES: [&[u8]; 14] = [
    b"back\\slash",
    b"\\",
    b"\\n",
    b"new\nline",
    b"return\rmiddle",
    b"return\r",
    b" lead",
    b"tail ",
    b"*star",
    b"#hash",
    b"-dash",
    b"\xff\xfe",
    b"tab\t",
    "Ümläut".as_bytes(),
];

/// A temporary directory with the files of a release.
struct Release(TempDir);

impl Release {
    fn with_files(names: &[&[u8]]) -> Self {
        let release = Release(TempDir::new().unwrap());
        for name in names {
            fs::write(release.path(OsStr::from_bytes(name)), name).unwrap();
        }
        release
    }

    /// Creates the files and generates their list.
    fn with_list(names: &[&str]) -> Self {
        let names: Vec<&[u8]> = names.iter().map(|name| name.as_bytes()).collect();
        let release = Release::with_files(&names);
        assert_succeeds(&release.generate());
        release
    }

    fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.0.path().join(name.as_ref())
    }

    fn list(&self) -> PathBuf {
        self.path("SHA256SUMS")
    }

    fn generate(&self) -> Output {
        run([
            OsStr::new("generate"),
            self.0.path().as_os_str(),
            OsStr::new("-o"),
            self.list().as_os_str(),
        ])
    }

    fn verify(&self, more: &[&str]) -> Output {
        let list = self.list();
        let arguments = [OsStr::new("verify"), list.as_os_str()];
        run(arguments.into_iter().chain(more.iter().map(OsStr::new)))
    }

    /// Runs a shell command in the directory.
    fn shell(&self, line: &str) -> Output {
        let mut command = Command::new("sh");
        command.args(["-c", line]).current_dir(self.0.path());
        command.output().unwrap()
    }

    /// Asserts that `verify` fails with a line for each of `expected`, in this order.
    fn assert_verify_fails(&self, more: &[&str], expected: &[&str]) {
        let output = self.verify(more);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert_eq!(message.lines().count(), expected.len(), "{message}");
        for (line, words) in message.lines().zip(expected) {
            assert!(line.starts_with("error: "), "{line}");
            assert!(line.contains(self.0.path().to_str().unwrap()), "{line}");
            assert!(line.contains(words), "{words}: {line}");
        }
    }

    /// Asserts that `generate` fails with a line for each of `expected`, and writes nothing.
    fn assert_generate_fails(&self, expected: &[&str]) {
        let before = names(self.0.path());
        let output = self.generate();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert_eq!(message.lines().count(), expected.len(), "{message}");
        for (line, words) in message.lines().zip(expected) {
            assert!(line.contains(words), "{words}: {line}");
        }
        assert_eq!(names(self.0.path()), before);
    }
}

fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stage0-checksums"));
    command.args(arguments).output().unwrap()
}

fn names(directory: &Path) -> Vec<PathBuf> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    names
}

/// Asserts success without warnings. Returns standard output.
fn assert_succeeds(output: &Output) -> String {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

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
