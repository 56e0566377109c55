//! The subcommands `generate` and `verify`, through the binary: compared with coreutils' `sha256sum`,
//! and on invalid releases.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod generate;
mod verify;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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
