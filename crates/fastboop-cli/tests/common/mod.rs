//! A temporary directory with kernel modules, in which tests run fastboop.
#![allow(dead_code)] // Not every test file uses all functions.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A temporary directory in which tests run `fastboop stage0`.
pub struct WorkDir(TempDir);

impl WorkDir {
    /// Creates the directory, with the modules of kernel 6.1 in `modules/`.
    pub fn new() -> Self {
        let dir = WorkDir(tempfile::tempdir().unwrap());
        dir.add_release("modules/6.1");
        dir
    }

    /// The path of a file in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file and creates its parent directories.
    pub fn write(&self, name: &str, bytes: &[u8], mode: u32) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    /// Creates modules: `a-a` depends on `b`, `other` has the soft dependency `b`, `lost` has no file, and
    /// `inside` is built into the kernel.
    pub fn add_release(&self, directory: &str) {
        let write = |name: &str, text: &str| {
            self.write(&format!("{directory}/{name}"), text.as_bytes(), 0o644);
        };
        write(
            "modules.dep",
            "k/a-a.ko: k/b.ko.xz\nk/b.ko.xz:\nk/other.ko:\nk/lost.ko:\n",
        );
        write("modules.softdep", "softdep other pre: b\n");
        write("modules.builtin", "k/inside.ko\n");
        for name in ["a-a.ko", "b.ko.xz", "other.ko"] {
            write(&format!("k/{name}"), "\x7fELF\n");
        }
    }

    /// The command `fastboop stage0` with these arguments, which runs in the directory.
    pub fn command(&self, arguments: &[&str]) -> Command {
        // With Bazel, the path is relative to another directory.
        let program = fs::canonicalize(env!("CARGO_BIN_EXE_fastboop")).unwrap();
        let mut command = Command::new(program);
        command
            .arg("stage0")
            .args(arguments)
            .current_dir(self.0.path());
        command.env_remove("SOURCE_DATE_EPOCH");
        command
    }

    /// Runs `fastboop stage0`, which must succeed.
    pub fn run_ok(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        output
    }

    /// Runs `fastboop stage0`, which must succeed and print JSON.
    pub fn run_json(&self, arguments: &[&str]) -> serde_json::Value {
        serde_json::from_slice(&self.run_ok(arguments).stdout).unwrap()
    }

    /// Runs `fastboop stage0`, which must fail with a message of one line that contains `words`.
    pub fn run_err(&self, arguments: &[&str], words: &str) -> Output {
        let output = self.command(arguments).output().unwrap();
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {message}");
        assert!(message.starts_with("error: "), "{message}");
        // Once: an error that prints its cause and also returns it as its source would be printed twice.
        assert_eq!(message.matches(words).count(), 1, "{words}: {message}");
        assert!(message.matches("(os error").count() <= 1, "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        output
    }
}

/// Converts output to text, which must be UTF-8.
pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
