//! Tests mode 1: the file that the user named.

use std::fs;
use std::path::Path;
use std::process::Command;

use fastboop_files::Sha256Digest;
use fault_server::Server;
use stage0_artifact::Target;
use stage0_testing::ElfFile;

use crate::tree::{Tree, assert_embeds, assert_fails};

fn build(tree: &Tree, path: impl AsRef<Path>) -> Command {
    let mut cargo = tree.cargo();
    cargo.env("FASTBOOP_STAGE0_EMBED_PATH", path.as_ref());
    cargo
}

#[test]
#[ignore = "runs cargo for minutes"]
fn embeds_a_valid_file_and_rejects_invalid_ones() {
    let tree = Tree::new("path");
    let valid = ElfFile::aarch64().build();
    let path = tree.write("valid", &valid);
    let embedded = assert_embeds(&mut build(&tree, &path), Target::Aarch64);
    assert_eq!(embedded.mode, "path");
    assert_eq!(embedded.bytes(), valid);

    // A relative path refers to the crate's directory, and a changed file is embedded again.
    let changed = ElfFile::aarch64().static_pie().build();
    tree.write("valid", &changed);
    let embedded = assert_embeds(&mut build(&tree, "../../valid"), Target::Aarch64);
    assert_eq!(embedded.bytes(), changed);

    let dynamic = ElfFile {
        interp: Some("/lib/ld.so"),
        ..ElfFile::aarch64()
    };
    tree.write("dynamic", dynamic.build());
    tree.write("other", ElfFile::x86_64().build());
    tree.write("empty", "");
    for (path, words) in [
        ("", "FASTBOOP_STAGE0_EMBED_PATH: set but empty"),
        ("../../stage0", "a directory"),
        ("../../missing", "no such file"),
        ("../../empty", "empty (0 bytes)"),
        ("../../dynamic", "dynamically linked"),
        ("../../other", "x86-64"),
    ] {
        assert_fails(&mut build(&tree, path), &[words]);
    }
    let next_step = format!(
        "no such file: a relative path starts at {}",
        tree.path("crates").display()
    );
    let absolute = format!("set it to {}", path.display());
    assert_fails(&mut build(&tree, "valid"), &[&next_step, &absolute]);
}

/// `cargo build` of all crates in a new target directory, with a trace of the network system calls.
fn traced_build(tree: &Tree) -> Command {
    let trace = tree.path("trace");
    let strace = [
        "strace",
        "--seccomp-bpf",
        "-f",
        "-e",
        "trace=network",
        "-o",
        trace.to_str().unwrap(),
    ];
    let mut cargo = tree.wrapped_cargo(&strace, "build");
    cargo.env("CARGO_TARGET_DIR", tree.path("target"));
    cargo
}

#[test]
#[ignore = "runs cargo for minutes"]
fn opens_no_connection_during_the_build() {
    let tree = Tree::new("traced");
    let file = ElfFile::aarch64().build();
    let mut cargo = traced_build(&tree);
    cargo.env("FASTBOOP_STAGE0_EMBED_PATH", tree.write("valid", &file));
    assert_embeds(&mut cargo, Target::Aarch64);
    let trace = fs::read_to_string(tree.path("trace")).unwrap();
    assert!(trace.contains("exited with 0"), "{trace}");
    for word in ["AF_INET", "connect("] {
        assert!(!trace.contains(word), "{trace}");
    }

    // In mode 3, the trace does show a connection.
    fs::remove_dir_all(tree.path("stage0")).unwrap();
    let sidecar = format!("{}  name\n", Sha256Digest::compute(&file));
    tree.write(
        "crates/fastboop-stage0-generator/stage0-aarch64.sha256sum",
        sidecar,
    );
    let server = Server::with_file(&file).unwrap();
    let mut cargo = traced_build(&tree);
    cargo.env("FASTBOOP_STAGE0_BASE_URL", server.url());
    assert_embeds(&mut cargo, Target::Aarch64);
    let trace = fs::read_to_string(tree.path("trace")).unwrap();
    assert!(trace.contains("sa_family=AF_INET"), "{trace}");
}
