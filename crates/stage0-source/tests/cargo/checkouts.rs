//! Tests that checkouts can share a target directory: each build embeds the stage0 of its own checkout.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use fastboop_files::Sha256Digest;
use fault_server::Server;
use stage0_artifact::{Target, inputs};
use stage0_testing::ElfFile;

use crate::tree::{Embedded, Tree, assert_embeds};

/// A script in place of the nested Cargo, which takes seconds instead of minutes and needs no target: its
/// stage0 is a copy of a source file.
const SCRIPT: &str = r#"#!/bin/sh
set -e
while [ $# -gt 0 ]; do
  case $1 in
    --manifest-path) source=$(dirname "$2")/src/artifact ;;
    --target-dir) target_dir=$2 ;;
    --target) triple=$2 ;;
  esac
  shift
done
artifact=$target_dir/$triple/release/fastboop-stage0
mkdir -p "$(dirname "$artifact")"
cp "$source" "$artifact"
echo "$artifact: $source" >"$artifact.d"
"#;

const SOURCE: &str = "stage0/src/artifact";
const GENERATOR: &str = "crates/fastboop-stage0-generator";

/// A valid stage0 that differs for each `number`.
fn artifact(number: u8) -> Vec<u8> {
    [ElfFile::aarch64().build(), vec![number]].concat()
}

/// Creates checkouts with the numbers 1 and 2. Both are older than any build of either.
fn make_checkouts(name: &str) -> [Tree; 2] {
    [1, 2].map(|number| {
        let tree = Tree::new(&format!("{name}-{number}"));
        tree.write(SOURCE, artifact(number));
        let script = tree.write("bin/nested-cargo", SCRIPT);
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        tree
    })
}

/// A build with the script in `PATH`, so that the script is not an input.
fn build(tree: &Tree) -> Command {
    let mut cargo = tree.cargo();
    let path = env::var("PATH").unwrap();
    let bin = tree.path("bin");
    cargo.env("PATH", format!("{}:{path}", bin.display()));
    cargo.env("FASTBOOP_STAGE0_CARGO", "nested-cargo");
    cargo
}

fn assert_embeds_source(tree: &Tree, number: u8) -> Embedded {
    let embedded = assert_embeds(&mut build(tree), Target::Aarch64);
    assert_eq!(embedded.mode, "source");
    assert_eq!(embedded.bytes().last(), Some(&number));
    embedded
}

#[test]
#[ignore = "runs cargo for minutes"]
fn embeds_the_source_of_each_checkout() {
    let [first, second] = make_checkouts("checkout");
    assert_embeds_source(&first, 1);
    assert_embeds_source(&second, 2);
    let embedded = assert_embeds_source(&first, 1);

    let log = embedded.out_dir.join("stage0-build.log");
    let modified = || fs::metadata(&log).unwrap().modified().unwrap();
    let before = modified();
    assert_embeds_source(&first, 1);
    assert_eq!(modified(), before, "the build ran although nothing changed");

    second.write(SOURCE, artifact(3));
    assert_embeds_source(&second, 3);
    assert_embeds_source(&first, 1);
}

/// A build that may download `artifact(0)` from `server`.
fn build_with_release(tree: &Tree, server: &Server) -> Command {
    let digest = Sha256Digest::compute(&artifact(0));
    let sidecar = tree.path(GENERATOR).join("stage0-aarch64.sha256sum");
    // Written once: Cargo would notice a newer file.
    if !sidecar.exists() {
        fs::write(sidecar, format!("{digest}  name\n")).unwrap();
    }
    let mut cargo = build(tree);
    cargo.env("FASTBOOP_STAGE0_BASE_URL", server.url());
    cargo
}

fn assert_embeds_release(cargo: &mut Command) {
    let embedded = assert_embeds(cargo, Target::Aarch64);
    assert_eq!(embedded.mode, "release");
    assert_eq!(embedded.bytes(), artifact(0));
}

#[test]
#[ignore = "runs cargo for minutes"]
fn downloads_in_a_package_after_a_checkout() {
    let server = Server::with_file(&artifact(0)).unwrap();
    let [checkout, package] = make_checkouts("package");
    fs::remove_dir_all(package.path("stage0")).unwrap();
    for _ in 0..2 {
        let embedded = assert_embeds(&mut build_with_release(&checkout, &server), Target::Aarch64);
        assert_eq!(embedded.mode, "source");
        assert_embeds_release(&mut build_with_release(&package, &server));
    }
}

#[test]
#[ignore = "runs cargo for minutes"]
fn compares_the_inputs_of_each_checkout() {
    let server = Server::with_file(&artifact(0)).unwrap();
    let [changed, released] = make_checkouts("inputs");
    let digest = inputs::digest(&released.path("stage0/Cargo.toml")).unwrap();
    let record = format!("{GENERATOR}/stage0-aarch64.inputs.sha256sum");
    released.write(&record, format!("{digest}  stage0\n"));
    let build = |tree| {
        let mut cargo = build_with_release(tree, &server);
        cargo.env("FASTBOOP_STAGE0_PREFER", "prebuilt");
        cargo
    };
    for _ in 0..2 {
        let embedded = assert_embeds(&mut build(&changed), Target::Aarch64);
        assert_eq!(embedded.mode, "source");
        assert_embeds_release(&mut build(&released));
    }
}
