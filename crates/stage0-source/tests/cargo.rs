//! The real cargo on the real crates, in a copy of this checkout: each mode, and what stops it.
//!
//! They take a cargo with the musl targets, strace and some minutes, so they are run by
//! `.ci/checks/51-cargo-modes`, in the Debian root: `cargo test -p stage0-source --test cargo -- --ignored`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use stage0_artifact::{Sha256Digest, Target, read_artifact};
use stage0_testing::ElfFile;
use stage0_testing::server::{Server, respond};
use tempfile::TempDir;

const RELEASED: &str = "aarch64-unknown-linux-musl";

/// A copy of what Cargo reads of this checkout.
struct Tree(TempDir);

/// What a build has embedded.
struct Embedded {
    mode: String,
    path: PathBuf,
    out_dir: PathBuf,
}

impl Tree {
    fn new() -> Self {
        let tree = Tree(tempfile::tempdir().unwrap());
        let top = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join("../..");
        let names = [
            "Cargo.toml",
            "Cargo.lock",
            "bench",
            "crates",
            "tools",
            "stage0",
        ];
        for name in names {
            let status = Command::new("cp")
                .args(["-r", "--"])
                .arg(top.join(name))
                .arg(tree.0.path())
                .status();
            assert!(status.unwrap().success());
        }
        tree
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// `program …` for the crate that embeds, without what this test's own cargo has set.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.0.path());
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            let is_kept = text.ends_with("_MUSL_LINKER") || text.ends_with("EABIHF_LINKER");
            if (text.starts_with("CARGO") && !is_kept)
                || text.starts_with("FASTBOOP_")
                || text.starts_with("RUSTC")
            {
                command.env_remove(name);
            }
        }
        // One for all, so that the crates of others are built once.
        command.env("CARGO_TARGET_DIR", scratch().join("outer"));
        command.env("XDG_CACHE_HOME", self.at("cache"));
        command
    }

    fn cargo(&self) -> Command {
        self.command(
            "cargo",
            &[
                "build",
                "--locked",
                "--offline",
                "--message-format=json",
                "-p",
                "fastboop-stage0-generator",
            ],
        )
    }

    fn mode_1(&self, path: impl AsRef<Path>) -> Command {
        let mut cargo = self.cargo();
        cargo.env("FASTBOOP_STAGE0_EMBED_PATH", path.as_ref());
        cargo
    }
}

/// A directory of Cargo's that outlives the tests. (Bazel compiles this, but has none.)
fn scratch() -> &'static Path {
    Path::new(option_env!("CARGO_TARGET_TMPDIR").unwrap_or_default())
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The build has to succeed; the embedded file has to be what is checked for.
fn succeeds(command: &mut Command, target: Target) -> Embedded {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let embedded = embedded(&output);
    let read = read_artifact(&embedded.path, Some(target));
    assert!(read.is_ok(), "{read:?}");
    embedded
}

fn embedded(output: &Output) -> Embedded {
    let stdout = String::from_utf8(output.stdout.clone()).unwrap();
    let message = stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .find(|message| {
            message["reason"] == "build-script-executed"
                && message["package_id"]
                    .as_str()
                    .unwrap()
                    .contains("stage0-generator")
        });
    let message = message.unwrap();
    let variable = |name: &str| {
        let pairs = message["env"].as_array().unwrap();
        let pair = pairs.iter().find(|pair| pair[0] == name).unwrap();
        pair[1].as_str().unwrap().to_owned()
    };
    Embedded {
        mode: variable("FASTBOOP_STAGE0_EMBED_MODE"),
        path: variable("FASTBOOP_STAGE0_EMBED_PATH").into(),
        out_dir: message["out_dir"].as_str().unwrap().into(),
    }
}

/// The build has to fail, and to say all of that.
fn fails(command: &mut Command, words: &[&str]) {
    let output = command.output().unwrap();
    let text = text(&output);
    assert!(!output.status.success(), "{text}");
    for word in words {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains("panicked"), "{text}");
}

#[test]
#[ignore = "runs cargo for minutes"]
fn a_named_file_is_embedded_without_network_and_a_bad_one_is_not() {
    let tree = Tree::new();
    let good = ElfFile::aarch64().build();
    let path = tree.write("good", &good);
    let embedded = succeeds(&mut tree.mode_1(&path), Target::Aarch64);
    assert_eq!(embedded.mode, "path");
    assert_eq!(fs::read(&embedded.path).unwrap(), good);

    // Relative paths count from the crate, and a changed file is embedded anew.
    let changed = ElfFile::aarch64().static_pie().build();
    tree.write("good", &changed);
    let embedded = succeeds(&mut tree.mode_1("../../good"), Target::Aarch64);
    assert_eq!(fs::read(&embedded.path).unwrap(), changed);

    // Nobody is spoken to, from the compilation of our own crates to the end.
    let source = tree.at("crates/stage0-source/src/lib.rs");
    fs::write(
        &source,
        fs::read_to_string(&source).unwrap() + "// changed\n",
    )
    .unwrap();
    let trace = tree.at("trace");
    let inner = tree.mode_1(&path);
    let mut strace = tree.command("strace", &["-f", "-e", "trace=network", "-o"]);
    strace
        .arg(&trace)
        .arg(inner.get_program())
        .args(inner.get_args());
    strace.env("FASTBOOP_STAGE0_EMBED_PATH", &path);
    succeeds(&mut strace, Target::Aarch64);
    let trace = fs::read_to_string(trace).unwrap();
    assert!(trace.contains("exited with 0"), "{trace}");
    for word in ["AF_INET", "connect("] {
        assert!(!trace.contains(word), "{trace}");
    }

    let dynamic = ElfFile {
        interp: Some("/lib/ld.so"),
        ..ElfFile::aarch64()
    };
    tree.write("dynamic", dynamic.build());
    tree.write("other", ElfFile::x86_64().build());
    tree.write("empty", "");
    for (path, words) in [
        ("", "FASTBOOP_STAGE0_EMBED_PATH is set but empty"),
        ("../../stage0", "a directory"),
        ("../../missing", "no such file"),
        ("../../empty", "empty (0 bytes)"),
        ("../../dynamic", "dynamically linked"),
        ("../../other", "x86-64"),
    ] {
        fails(&mut tree.mode_1(path), &[words]);
    }
}

#[test]
#[ignore = "runs cargo for minutes"]
fn source_is_built_for_the_target_and_every_input_is_tracked() {
    let tree = Tree::new();
    // stage0 gets a path dependency whose bytes end up in it.
    tree.write(
        "stage0/part/Cargo.toml",
        "[package]\nname = \"part\"\nversion = \"0.0.0\"\nedition = \"2024\"\n",
    );
    tree.write(
        "stage0/part/src/lib.rs",
        "pub static PART: [u8; 8] = *b\"part one\";\n",
    );
    let manifest = fs::read_to_string(tree.at("stage0/Cargo.toml")).unwrap();
    tree.write(
        "stage0/Cargo.toml",
        manifest.replace(
            "[dependencies]",
            "[dependencies]\npart = { path = \"part\" }",
        ),
    );
    let main = fs::read_to_string(tree.at("stage0/src/main.rs")).unwrap();
    tree.write(
        "stage0/src/main.rs",
        main + "\n#[used]\nstatic PART: [u8; 8] = part::PART;\n",
    );
    let update = tree
        .command(
            "cargo",
            &[
                "update",
                "--offline",
                "--workspace",
                "--manifest-path",
                "stage0/Cargo.toml",
            ],
        )
        .output();
    assert!(
        update.as_ref().unwrap().status.success(),
        "{}",
        text(&update.unwrap())
    );

    let part = |embedded: &Embedded, text: &[u8]| {
        fs::read(&embedded.path)
            .unwrap()
            .windows(8)
            .any(|window| window == text)
    };
    let first = succeeds(&mut tree.cargo(), Target::Aarch64);
    assert_eq!(first.mode, "source");
    assert!(part(&first, b"part one"));
    let log = first.out_dir.join("stage0-build.log");
    let modified = || fs::metadata(&log).unwrap().modified().unwrap();
    let before = modified();
    succeeds(&mut tree.cargo(), Target::Aarch64);
    assert_eq!(
        modified(),
        before,
        "nothing has changed, so nothing is built"
    );

    tree.write(
        "stage0/part/src/lib.rs",
        "pub static PART: [u8; 8] = *b\"part two\";\n",
    );
    let second = succeeds(&mut tree.cargo(), Target::Aarch64);
    assert!(part(&second, b"part two"), "an edited path dependency");

    let mut clippy = tree.command(
        "cargo",
        &[
            "clippy",
            "--locked",
            "--offline",
            "--message-format=json",
            "-p",
            "fastboop-stage0-generator",
        ],
    );
    clippy.env("FASTBOOP_STAGE0_TARGET", "armv7-unknown-linux-musleabihf");
    assert_eq!(succeeds(&mut clippy, Target::Armv7).mode, "source");

    // A std that is not installed (the Debian root has none for RISC-V), and code that does not compile.
    let riscv = &mut tree.cargo();
    riscv.env("FASTBOOP_STAGE0_TARGET", "riscv64gc-unknown-linux-musl");
    fails(
        riscv,
        &[
            "rustup target add riscv64gc-unknown-linux-musl",
            "stage0-build.log",
        ],
    );
    tree.write("stage0/part/src/lib.rs", "nonsense");
    fails(
        &mut tree.cargo(),
        &["error: expected one of", "stage0-build.log"],
    );
}

#[test]
#[ignore = "runs cargo for minutes"]
fn nothing_of_the_outer_build_leaks_into_stage0() {
    let tree = Tree::new();
    // A profile of its own, a shared build directory, flags that would make stage0 dynamic.
    let manifest = fs::read_to_string(tree.at("Cargo.toml")).unwrap();
    tree.write(
        "Cargo.toml",
        manifest + "\n[profile.custom]\ninherits = \"release\"\nopt-level = 0\npanic = \"abort\"\n",
    );
    let shared = scratch().join("shared");
    tree.write(
        ".cargo/config.toml",
        format!("[build]\nbuild-dir = {shared:?}\nrustflags = [\"-Clink-arg=--no-such-flag\"]\n"),
    );
    // A wrapper that writes down what reaches it.
    let script = "#!/bin/sh\nenv >\"$(dirname \"$0\")/variables\"\nexec cargo \"$@\"\n";
    let wrapper = tree.write("wrapper", script);
    let status = Command::new("chmod").arg("+x").arg(&wrapper).status();
    assert!(status.unwrap().success());

    let mut cargo = tree.cargo();
    cargo
        .args(["--profile", "custom"])
        .env("RUSTFLAGS", "-Ctarget-feature=-crt-static -Cdebuginfo=0")
        .env("CARGO_PROFILE_RELEASE_STRIP", "false")
        .env("FASTBOOP_STAGE0_TARGET", "x86_64-unknown-linux-musl")
        .env("FASTBOOP_STAGE0_CARGO", &wrapper);
    let embedded = succeeds(&mut cargo, Target::X86_64);
    assert_eq!(embedded.mode, "source");
    let variables = fs::read_to_string(tree.at("variables")).unwrap();
    for name in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC",
        "CARGO_PKG_NAME",
        "OUT_DIR",
        "CARGO_PROFILE_RELEASE_STRIP",
    ] {
        assert!(
            !variables
                .lines()
                .any(|line| line.starts_with(&format!("{name}="))),
            "{variables}"
        );
    }
    assert!(
        variables.contains("CARGO_MAKEFLAGS=") && variables.contains("--jobserver"),
        "{variables}"
    );

    // The wrapper is an input too.
    fs::remove_file(tree.at("variables")).unwrap();
    tree.write("wrapper", format!("{script}# changed\n"));
    succeeds(&mut cargo, Target::X86_64);
    assert!(tree.at("variables").exists());
}

#[test]
#[ignore = "runs cargo for minutes"]
fn without_source_the_release_is_downloaded_once() {
    let tree = Tree::new();
    let artifact = ElfFile::aarch64().build();
    let sidecar = "crates/fastboop-stage0-generator/stage0-aarch64.sha256sum";
    let digest = Sha256Digest::of(&artifact);
    tree.write(sidecar, format!("{digest}  name\n"));

    // The same source as the release's: taken from it, if that is preferred.
    let inputs = stage0_source::prebuilt::digest(&tree.at("stage0/Cargo.toml")).unwrap();
    tree.write(
        "crates/fastboop-stage0-generator/stage0-aarch64.inputs.sha256sum",
        format!("{inputs}  stage0\n"),
    );
    let body = artifact.clone();
    let server = Server::start(move |_, stream| respond(stream, "200 OK", "", &body)).unwrap();
    let url = format!("http://{}/mirror/", server.address());
    let with = |url: &str| {
        let mut cargo = tree.cargo();
        cargo.env("FASTBOOP_STAGE0_BASE_URL", url);
        cargo
    };
    let mut preferred = with(&url);
    preferred.env("FASTBOOP_STAGE0_PREFER", "prebuilt");
    let digest_of = |embedded: &Embedded| Sha256Digest::of(&fs::read(&embedded.path).unwrap());
    let first = succeeds(&mut preferred, Target::Aarch64);
    assert_eq!(
        (first.mode.as_str(), digest_of(&first)),
        ("release", digest)
    );

    // No source, and nobody to ask.
    fs::remove_dir_all(tree.at("stage0")).unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    let path = format!("GET /mirror/v0.1.0/fastboop-stage0-{RELEASED} ");
    assert!(requests[0].starts_with(&path), "{requests:?}");
    drop(server);
    let second = succeeds(&mut with(&url), Target::Aarch64);
    assert_eq!(
        (second.mode.as_str(), digest_of(&second)),
        ("release", digest)
    );

    // Another release, whose file this is not.
    tree.write(sidecar, format!("{}  name\n", "0".repeat(64)));
    let body = artifact.clone();
    let server = Server::start(move |_, stream| respond(stream, "200 OK", "", &body)).unwrap();
    let url = format!("http://{}", server.address());
    fails(&mut with(&url), &["its sha256 is", &"0".repeat(64)]);
    drop(server);
    let server = Server::start(|_, stream| respond(stream, "404 Not Found", "", b"")).unwrap();
    let url = format!("http://{}", server.address());
    fails(&mut with(&url), &["404", "FASTBOOP_STAGE0_EMBED_PATH"]);
    fails(&mut with("http://host.test"), &["is not https"]);
    fails(
        &mut with(""),
        &["FASTBOOP_STAGE0_BASE_URL is set but empty"],
    );
    fs::remove_file(tree.at(sidecar)).unwrap();
    fails(&mut with(&url), &["stage0-aarch64.sha256sum: no such file"]);

    // Nothing applies.
    let mut other = tree.cargo();
    other.env("FASTBOOP_STAGE0_TARGET", "x86_64-unknown-linux-musl");
    fails(
        &mut other,
        &[
            "FASTBOOP_STAGE0_EMBED_PATH is required",
            "stage0/Cargo.toml does not exist",
            RELEASED,
        ],
    );

    // Only documentation.
    let output = tree.cargo().env("DOCS_RS", "1").output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(embedded(&output).mode, "nothing");
}
