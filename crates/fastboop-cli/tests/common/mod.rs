//! A directory to try things out in, with kernel modules.
#![allow(dead_code)] // Not every test file uses all of it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

/// The directory.
pub struct Bench(TempDir);

impl Bench {
    /// One with the modules of kernel 6.1 in `modules/`.
    pub fn new() -> Self {
        let bench = Bench(tempfile::tempdir().unwrap());
        bench.add_release("modules/6.1");
        bench
    }

    /// Where something in it is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, and the directories that it takes.
    pub fn write(&self, name: &str, bytes: &[u8], mode: u32) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    /// Modules: `a-a` needs `b`; `other` is alone, `lost` has no file, `inside` is built in.
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

    /// `fastboop stage0` with arguments, in the directory.
    pub fn command(&self, arguments: &[&str]) -> Command {
        // With Bazel its path is relative.
        let program = fs::canonicalize(env!("CARGO_BIN_EXE_fastboop")).unwrap();
        let mut command = Command::new(program);
        command
            .arg("stage0")
            .args(arguments)
            .current_dir(self.0.path());
        command.env_remove("SOURCE_DATE_EPOCH");
        command
    }

    /// Runs it, which has to succeed.
    pub fn run_good(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        output
    }

    /// Runs it, which has to succeed and print JSON.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        serde_json::from_slice(&self.run_good(arguments).stdout).unwrap()
    }

    /// Runs it, which has to fail and say so in one line.
    pub fn run_bad(&self, arguments: &[&str], words: &str) -> Output {
        let output = self.command(arguments).output().unwrap();
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {message}");
        assert!(message.starts_with("error: "), "{message}");
        // Once: an error that prints its cause and returns it as its source too is printed twice.
        assert_eq!(message.matches(words).count(), 1, "{words}: {message}");
        assert!(message.matches("(os error").count() <= 1, "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        output
    }
}

/// What was printed.
pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
