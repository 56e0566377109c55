//! Errors that stop `release assemble` early, through the binary, in a small repository.
//! .ci/slow/80-release assembles a whole release, which needs Bazel and takes minutes.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use clean_build::write_script;
use tempfile::TempDir;

fn git(directory: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=n", "-c", "user.email=e"];
    let mut command = Command::new("git");
    let command = command.arg("-C").arg(directory).args(identity);
    assert!(command.args(arguments).status().unwrap().success());
}

/// Creates a repository that declares version 1.2.3 in every file. It has no tools/bazel, and a stub
/// for Cargo, which Bazel's sandbox may lack.
fn repository() -> TempDir {
    let manifest = "[workspace.package]\nversion = \"1.2.3\"\n";
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [
        (".gitignore", "/dist*\n"),
        ("Cargo.toml", manifest),
        ("Cargo.lock", "package = []\n"),
        ("stage0/Cargo.toml", manifest),
        ("MODULE.bazel", "module(\n    version = \"1.2.3\",\n)\n"),
        ("version.bzl", "VERSION = \"1.2.3\"\n"),
        ("packaging/alpine/APKBUILD", "_version=1.2.3\n"),
        (
            "packaging/rpm/fastboop.spec",
            "%{!?fastboop_version: %global fastboop_version 1.2.3}\n",
        ),
        ("cargo", CARGO),
    ] {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    git(dir.path(), &["init", "--quiet"]);
    git(dir.path(), &["add", "--chmod=+x", "cargo"]);
    git(dir.path(), &["checkout-index", "--force", "cargo"]);
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["commit", "--quiet", "-m", "m"]);
    dir
}

/// Prints the metadata of a workspace with one package.
const CARGO: &str = r#"#!/bin/sh
echo '{"packages": [{"name": "app", "version": "1.2.3", "id": "app", "source": null, "targets": [],
"features": {}, "dependencies": [], "manifest_path": "/", "repository": "https://example.org/r"}],
"workspace_members": ["app"], "workspace_default_members": ["app"], "resolve": null,
"target_directory": "/", "version": 1, "workspace_root": "'"$PWD"'"}' | tr -d '\n'
"#;

/// Runs `release COMMAND` with these arguments. Returns the exit code and the output.
fn run(directory: &Path, command: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_release")).canonicalize();
    let output = Command::new(program.unwrap())
        .current_dir(directory)
        .env("CARGO", directory.join("cargo"))
        .args([command, "--version=1.2.3"])
        .args(arguments)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

/// Asserts that `release assemble` fails with this exit code and text, and leaves no directory.
fn assert_fails(directory: &Path, arguments: &[&str], code: i32, words: &str) {
    let (found, text) = run(directory, "assemble", arguments);
    assert_eq!(found, Some(code), "{text}");
    assert!(text.contains(words), "{text}");
    assert!(!directory.join("dist.partial").exists());
}

#[test]
fn rejects_another_version_than_declared() {
    let dir = repository();
    fs::write(dir.path().join("version.bzl"), "VERSION = \"1.2.4\"\n").unwrap();
    let words = "the release is 1.2.3, but version.bzl declares \"1.2.4\"";
    assert_fails(dir.path(), &["--allow-dirty"], 1, words);
    let program = Command::new(env!("CARGO_BIN_EXE_release"))
        .args(["assemble", "--version", "v1.2.3"])
        .output()
        .unwrap();
    assert_eq!(program.status.code(), Some(2));
}

#[test]
fn rejects_uncommitted_files() {
    let dir = repository();
    fs::write(dir.path().join("new"), "").unwrap();
    assert_fails(dir.path(), &[], 1, "?? new");
}

#[test]
fn keeps_an_existing_release() {
    let dir = repository();
    fs::create_dir(dir.path().join("dist")).unwrap();
    assert_fails(dir.path(), &[], 1, "dist: exists already");
    assert!(dir.path().join("dist").exists());
}

#[test]
fn names_the_step_that_failed_and_leaves_no_release() {
    let dir = repository();
    let interrupted = dir.path().join("dist.partial/assets/fastboop.bash");
    fs::create_dir_all(interrupted.parent().unwrap()).unwrap();
    fs::write(&interrupted, "").unwrap();
    let (code, text) = run(dir.path(), "assemble", &[]);
    assert_eq!(code, Some(1), "{text}");
    // The repository has no tools/bazel.
    assert!(text.contains("error: step build: "), "{text}");
    assert!(text.contains("tools/bazel: cannot start; "), "{text}");
    assert!(!dir.path().join("dist").exists());
    assert!(!interrupted.exists(), "does not start over");
}

/// Replaces tools/bazel with a program that waits for the file `go` or the end of the test, and fails.
fn install_waiting_bazel(directory: &Path) {
    let bazel = directory.join("tools/bazel");
    fs::create_dir(bazel.parent().unwrap()).unwrap();
    let script =
        "#!/bin/sh\n>started\nwhile [ -e cargo ] && [ ! -e go ]; do sleep 0.01; done\nexit 1\n";
    write_script(&bazel, script).unwrap();
}

/// Starts `release assemble`, and waits until it runs tools/bazel.
fn start(directory: &Path) -> Child {
    let program = Path::new(env!("CARGO_BIN_EXE_release")).canonicalize();
    let program = Command::new(program.unwrap())
        .current_dir(directory)
        .env("CARGO", directory.join("cargo"))
        .args(["assemble", "--version=1.2.3", "--allow-dirty"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !directory.join("started").exists() {
        assert!(Instant::now() < deadline, "it does not start");
        thread::sleep(Duration::from_millis(1));
    }
    fs::remove_file(directory.join("started")).unwrap();
    program
}

#[test]
fn rejects_a_second_run_until_the_first_ends() {
    let dir = repository();
    install_waiting_bazel(dir.path());
    let assets = dir.path().join("dist.partial/assets");

    let mut first = start(dir.path());
    for arguments in [&["--allow-dirty"][..], &["--allow-dirty", "--clean"]] {
        let (code, text) = run(dir.path(), "assemble", arguments);
        assert_eq!(code, Some(1), "{text}");
        assert!(
            text.contains("dist.partial: another `release assemble` uses it; "),
            "{text}"
        );
        assert!(assets.exists(), "deletes what the first run writes");
    }

    // The lock ends with the process, also if it is killed.
    first.kill().unwrap();
    first.wait().unwrap();
    let leftover = assets.join("leftover");
    fs::write(&leftover, "").unwrap();
    let mut second = start(dir.path());
    assert!(!leftover.exists(), "does not start over");
    fs::write(dir.path().join("go"), "").unwrap();
    assert_eq!(second.wait().unwrap().code(), Some(1));
}

#[test]
fn notices_a_tag_on_another_commit() {
    let dir = repository();
    for tag in [
        &["tag", "v1.2.3"][..],
        &["tag", "--annotate", "--force", "-m", "m", "v1.2.3"],
    ] {
        git(dir.path(), tag);
        // The tag is on this commit.
        let (code, text) = run(dir.path(), "assemble", &["--dry-run"]);
        assert_eq!(code, Some(0), "{text}");
        assert!(!text.contains("v1.2.3: the tag is"), "{text}");
        let (_, text) = run(dir.path(), "assemble", &[]);
        assert!(text.contains("error: step build: "), "{text}");
        fs::remove_dir_all(dir.path().join("dist.partial")).unwrap();

        git(
            dir.path(),
            &["commit", "--quiet", "--allow-empty", "-m", "m"],
        );
        assert_fails(dir.path(), &[], 1, "error: v1.2.3: the tag is on commit ");
        for (command, arguments) in [("assemble", &["--dry-run"][..]), ("plan", &[])] {
            let (code, text) = run(dir.path(), command, arguments);
            assert_eq!(code, Some(0), "{text}");
            assert!(
                text.contains("warning: v1.2.3: the tag is on commit "),
                "{text}"
            );
        }
    }
}

#[test]
fn dry_run_prints_the_directory_of_out() {
    let dir = repository();
    for (arguments, words) in [
        (&["--dry-run"][..], "upload every file of dist/ to it"),
        (
            &["--dry-run", "--out", "elsewhere/"],
            "upload every file of elsewhere/ to it",
        ),
    ] {
        let (code, text) = run(dir.path(), "assemble", arguments);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn rejects_missing_inputs_and_those_that_it_would_delete() {
    let dir = repository();
    let missing = |option| (option, "missing: no such directory; check the path");
    for (arguments, words) in [
        missing(&["--stage0", "missing"][..]),
        missing(&["--packages", "missing"]),
        (&["--packages", "cargo"], "cargo: not a directory; "),
        (&["--key", "missing"], "missing: cannot read"),
    ] {
        assert_fails(dir.path(), arguments, 1, words);
    }
    let packages = dir.path().join("dist/packages");
    fs::create_dir_all(&packages).unwrap();
    for option in ["--packages", "--stage0"] {
        let words = "dist, which is deleted first; ";
        assert_fails(dir.path(), &["--clean", option, "dist/packages"], 1, words);
    }
    assert!(packages.exists());
}

#[test]
fn deletes_neither_the_checkout_nor_what_a_link_points_to() {
    let dir = repository();
    for out in [".", "..", "../"] {
        let arguments = ["--clean", "--out", out];
        assert_fails(dir.path(), &arguments, 1, "which is deleted first");
    }
    let target = tempfile::tempdir().unwrap();
    fs::write(target.path().join("file"), "").unwrap();
    let link = dir.path().join("dist.partial");
    std::os::unix::fs::symlink(target.path(), &link).unwrap();
    let (code, text) = run(dir.path(), "assemble", &["--allow-dirty"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("dist.partial: a symbolic link"), "{text}");
    assert!(target.path().join("file").exists());

    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("gone", dir.path().join("dist")).unwrap();
    assert_fails(dir.path(), &["--allow-dirty"], 1, "dist: exists already");
}

#[test]
fn accepts_rehearse_as_a_hidden_alias() {
    let dir = repository();
    for command in ["assemble", "rehearse"] {
        let (code, text) = run(dir.path(), command, &["--dry-run"]);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains("6. publish the crates app "), "{text}");
    }
    let (_, help) = run(dir.path(), "--help", &[]);
    assert!(!help.contains("rehearse"), "{help}");
}

#[test]
fn rejects_two_ways_of_signing_or_two_of_packages() {
    let dir = repository();
    for arguments in [
        ["--keyless", "--key=k"],
        ["--skip-packages", "--packages=p"],
    ] {
        assert_fails(dir.path(), &arguments, 2, "cannot be used with");
    }
}
