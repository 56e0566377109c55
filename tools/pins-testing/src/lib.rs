//! Copies of this checkout, for the tests of what reads and moves its pins.
//!
//! For tests alone, so whatever goes wrong here panics.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The workspaces with a Cargo.lock.
const WORKSPACES: [&str; 2] = [".", "stage0"];

/// Nothing that a pin is in.
const LEFT_OUT: [&str; 5] = [".git", "corpus", "node_modules", "target", "external"];

/// A copy of this checkout, in a temporary directory. Under Bazel it has the files that the test names as its data.
pub struct Checkout(TempDir);

impl Checkout {
    /// Makes one, of the first directory from the current one upwards that has a MODULE.bazel.
    pub fn copy() -> Self {
        let here = std::env::current_dir().unwrap();
        let top = here
            .ancestors()
            .find(|directory| directory.join("MODULE.bazel").exists());
        let checkout = Checkout(tempfile::tempdir().unwrap());
        copy(top.expect("a MODULE.bazel above"), checkout.0.path());
        checkout
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The text of a file.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Writes a file, and its directory where there is none.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces a text that is in a file.
    pub fn edit(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert!(text.contains(old), "{path} has no {old:?}");
        self.write(path, &text.replacen(old, new, 1));
    }

    /// All files and what is in them.
    pub fn contents(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut contents = Vec::new();
        collect(self.path(), &mut contents);
        contents.sort();
        contents
    }

    /// Runs `program --root=<this>`, with metadata in which each locked crate has the licence MIT, but for one that `licence` names, as
    /// `(name, licence)`. So no cargo is needed, nor a registry.
    pub fn run(
        &self,
        program: &str,
        arguments: &[&str],
        licence: Option<(&str, Option<&str>)>,
    ) -> Run {
        let metadata = tempfile::tempdir().unwrap();
        let mut command = Command::new(program);
        command.arg(format!("--root={}", self.path().display()));
        for (number, workspace) in WORKSPACES.iter().enumerate() {
            let path = metadata.path().join(number.to_string());
            let lock = fs::read_to_string(self.path().join(workspace).join("Cargo.lock")).unwrap();
            fs::write(&path, said(&lock, licence)).unwrap();
            command.arg(format!("--metadata={workspace}={}", path.display()));
        }
        Run::of(command.args(arguments))
    }
}

/// How a program ended, and what it said.
#[derive(Debug)]
pub struct Run {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Run {
    /// Runs it.
    pub fn of(command: &mut Command) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = command
            .output()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Run {
            code: status.code().expect("an exit code"),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    /// It has to have succeeded.
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// It has to have failed, saying this.
    pub fn failed(self, words: &str) -> Self {
        assert!(
            self.code == 1 && self.err.contains(words),
            "expected {words:?}, got {self:?}"
        );
        self
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (name, path) = (
            entry.as_ref().unwrap().file_name(),
            entry.as_ref().unwrap().path(),
        );
        // bazel-bin and so on, which lead out of the checkout.
        let is_bazel = path.is_symlink() && name.to_string_lossy().starts_with("bazel-");
        if is_bazel || LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        let copied = to.join(&name);
        // Bazel gives tests links to files. Links to directories are stage0's to our crates.
        if !path.is_dir() {
            fs::copy(&path, &copied).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        } else if path.is_symlink() {
            symlink(fs::read_link(&path).unwrap(), &copied).unwrap();
        } else {
            fs::create_dir(&copied).unwrap();
            copy(&path, &copied);
        }
    }
}

fn collect(directory: &Path, contents: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            collect(&path, contents);
        } else if !path.is_dir() {
            let bytes = fs::read(&path).unwrap();
            contents.push((path, bytes));
        }
    }
}

/// What `cargo metadata` would say of the crates in a Cargo.lock, as far as the tools read it.
fn said(lock: &str, licence: Option<(&str, Option<&str>)>) -> String {
    let lock: toml::Table = toml::from_str(lock).unwrap();
    let packages = lock["package"].as_array().unwrap().iter().map(|package| {
        let name = package["name"].as_str().unwrap();
        let license = match licence {
            Some((of, licence)) if of == name => licence,
            _ => Some("MIT"),
        };
        serde_json::json!({ "name": name, "version": package["version"].as_str(), "license": license })
    });
    let packages: Vec<_> = packages.collect();
    serde_json::json!({ "packages": packages }).to_string()
}
