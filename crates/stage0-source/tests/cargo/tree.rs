//! Copies of this checkout, and Cargo commands in them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use stage0_artifact::{Target, read_artifact};

/// The crate that embeds stage0.
pub const CRATE: &str = "fastboop-stage0-generator";

/// A copy of the files that Cargo reads in this checkout. It is kept after the tests for inspection.
pub struct Tree(PathBuf);

/// The entries of `stage0/`, including its links to other crates but without build output.
fn stage0_entries(top: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(top.join("stage0")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name());
    names
        .filter(|name| name != "target")
        .map(|name| Path::new("stage0").join(name))
        .collect()
}

/// The stage0 that a build embedded, and the output of that build.
pub struct Embedded {
    pub mode: String,
    pub path: PathBuf,
    pub out_dir: PathBuf,
    /// The standard output and standard error of Cargo.
    pub output: String,
}

impl Embedded {
    pub fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap()
    }
}

impl Tree {
    /// Creates a copy named `name`, which must be unique; replaces that of an earlier run.
    pub fn new(name: &str) -> Self {
        let tree = Tree(scratch().join(name));
        if tree.0.exists() {
            fs::remove_dir_all(&tree.0).unwrap();
        }
        fs::create_dir_all(&tree.0).unwrap();
        let top = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join("../..");
        let status = Command::new("cp")
            .args(["-r", "--parents", "Cargo.toml", "Cargo.lock"])
            .args(["bench", "crates", "tests", "tools"])
            .args(stage0_entries(&top))
            .arg(&tree.0)
            .current_dir(&top)
            .status();
        assert!(status.unwrap().success());
        tree
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Replaces every `from` in a file, which must contain at least one.
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(path)).unwrap();
        assert!(text.contains(from), "{path}: {from}");
        self.write(path, text.replace(from, to));
    }

    /// A command that runs in the copy, without the variables that the Cargo of this test set.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.0);
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            let is_kept = text.ends_with("_MUSL_LINKER") || text.ends_with("EABIHF_LINKER");
            if (text.starts_with("CARGO") && !is_kept)
                || text.starts_with("FASTBOOP_")
                || text.starts_with("RUST")
            {
                command.env_remove(name);
            }
        }
        command.env("CARGO_TARGET_DIR", shared_target());
        command.env("XDG_CACHE_HOME", self.path("cache"));
        command
    }

    /// `WRAPPER… cargo SUBCOMMAND` for the crate that embeds stage0.
    pub fn wrapped_cargo(&self, wrapper: &[&str], subcommand: &str) -> Command {
        // Ends a Cargo that waits for a lock forever.
        let mut command = self.command("timeout");
        command
            .arg("600")
            .args(wrapper)
            .args(["cargo", subcommand, "--locked", "--offline"])
            .args(["--message-format=json", "-p", CRATE]);
        command
    }

    /// `cargo build` for the crate that embeds stage0.
    pub fn cargo(&self) -> Command {
        self.wrapped_cargo(&[], "build")
    }
}

/// Cargo's directory for test data, which is kept after the tests. It is empty under Bazel, which
/// compiles this file but does not run the tests.
fn scratch() -> &'static Path {
    Path::new(option_env!("CARGO_TARGET_TMPDIR").unwrap_or_default())
}

/// The target directory of all builds that do not need a separate one.
pub fn shared_target() -> PathBuf {
    scratch().join("outer")
}

pub fn output_text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Asserts that the build succeeds and embeds a static program for `target`.
pub fn assert_embeds(command: &mut Command, target: Target) -> Embedded {
    let embedded = assert_succeeds(command);
    let read = read_artifact(&embedded.path, Some(target));
    assert!(read.is_ok(), "{read:?}");
    embedded
}

/// Asserts that the build succeeds, whatever it embeds.
pub fn assert_succeeds(command: &mut Command) -> Embedded {
    let output = command.output().unwrap();
    let text = output_text(&output);
    assert!(output.status.success(), "{text}");
    let message = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .find(|message| {
            message["reason"] == "build-script-executed"
                && message["package_id"].as_str().unwrap().contains(CRATE)
        })
        .unwrap();
    let variable = |name: &str| {
        let pairs = message["env"].as_array().unwrap();
        let pair = pairs.iter().find(|pair| pair[0] == name).unwrap();
        pair[1].as_str().unwrap().to_owned()
    };
    Embedded {
        mode: variable("FASTBOOP_STAGE0_EMBED_MODE"),
        path: variable("FASTBOOP_STAGE0_EMBED_PATH").into(),
        out_dir: message["out_dir"].as_str().unwrap().into(),
        output: text,
    }
}

/// Asserts that the build fails without a panic and prints all `words`.
pub fn assert_fails(command: &mut Command, words: &[&str]) {
    let output = command.output().unwrap();
    let text = output_text(&output);
    assert!(!output.status.success(), "{text}");
    for word in words {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains("panicked"), "{text}");
}
