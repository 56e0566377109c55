//! Mode 1: a file that was named.

use std::fs;
use std::path::Path;
use std::process::Command;

use fastboop_files::Sha256Digest;
use fault_server::Server;
use stage0_artifact::Target;
use stage0_testing::ElfFile;

use crate::tree::{Tree, fails, succeeds};

fn build(tree: &Tree, path: impl AsRef<Path>) -> Command {
    let mut cargo = tree.cargo();
    cargo.env("FASTBOOP_STAGE0_EMBED_PATH", path.as_ref());
    cargo
}

#[test]
#[ignore = "runs cargo for minutes"]
fn embeds_a_named_file_and_rejects_a_bad_one() {
    let tree = Tree::new("path");
    let good = ElfFile::aarch64().build();
    let path = tree.write("good", &good);
    let embedded = succeeds(&mut build(&tree, &path), Target::Aarch64);
    assert_eq!(embedded.mode, "path");
    assert_eq!(embedded.bytes(), good);

    // Relative paths start at the crate, and a changed file is embedded again.
    let changed = ElfFile::aarch64().static_pie().build();
    tree.write("good", &changed);
    let embedded = succeeds(&mut build(&tree, "../../good"), Target::Aarch64);
    assert_eq!(embedded.bytes(), changed);

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
        fails(&mut build(&tree, path), &[words]);
    }
}

/// `cargo build` from nothing, with the crates of others too, and a list of the system calls for
/// the network.
fn trace(tree: &Tree) -> Command {
    let trace = tree.at("trace");
    let strace = [
        "strace",
        "--seccomp-bpf",
        "-f",
        "-e",
        "trace=network",
        "-o",
        trace.to_str().unwrap(),
    ];
    let mut cargo = tree.cargo_under(&strace, "build");
    cargo.env("CARGO_TARGET_DIR", tree.at("target"));
    cargo
}

#[test]
#[ignore = "runs cargo for minutes"]
fn opens_no_connection_during_the_build() {
    let tree = Tree::new("traced");
    let file = ElfFile::aarch64().build();
    let mut cargo = trace(&tree);
    cargo.env("FASTBOOP_STAGE0_EMBED_PATH", tree.write("good", &file));
    succeeds(&mut cargo, Target::Aarch64);
    let trace = fs::read_to_string(tree.at("trace")).unwrap();
    assert!(trace.contains("exited with 0"), "{trace}");
    for word in ["AF_INET", "connect("] {
        assert!(!trace.contains(word), "{trace}");
    }

    // The same where somebody is spoken to.
    fs::remove_dir_all(tree.at("stage0")).unwrap();
    let sidecar = format!("{}  name\n", Sha256Digest::compute(&file));
    tree.write(
        "crates/fastboop-stage0-generator/stage0-aarch64.sha256sum",
        sidecar,
    );
    let server = Server::with_file(&file).unwrap();
    let mut cargo = trace(&tree);
    cargo.env("FASTBOOP_STAGE0_BASE_URL", server.url());
    succeeds(&mut cargo, Target::Aarch64);
    let trace = fs::read_to_string(tree.at("trace")).unwrap();
    assert!(trace.contains("sa_family=AF_INET"), "{trace}");
}
