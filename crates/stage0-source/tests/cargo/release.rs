//! Mode 3: the artifact of a release, where there is no source. `tests/download.rs` has the same
//! faults without cargo, and more of the details.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use fastboop_files::Sha256Digest;
use fault_server::{Fault, Server, tls};
use stage0_artifact::{Target, inputs};
use stage0_testing::ElfFile;

use crate::tree::{Embedded, Tree, embeds, fails, succeeds};

const RELEASED: &str = "aarch64-unknown-linux-musl";
const SIDECAR: &str = "crates/fastboop-stage0-generator/stage0-aarch64.sha256sum";
const INPUTS: &str = "crates/fastboop-stage0-generator/stage0-aarch64.inputs.sha256sum";

/// What the release has.
static ARTIFACT: LazyLock<Vec<u8>> = LazyLock::new(|| ElfFile::aarch64().build());

/// The crates as a release has them, for the tests that change nothing in it.
static PACKAGE: LazyLock<Tree> = LazyLock::new(|| package("package"));

/// A tree without stage0's source, but with the digest of the artifact.
fn package(name: &str) -> Tree {
    let tree = Tree::new(name);
    fs::remove_dir_all(tree.at("stage0")).unwrap();
    write_sidecar(&tree, &ARTIFACT);
    tree
}

fn write_sidecar(tree: &Tree, file: &[u8]) {
    let line = format!("{}  name\n", Sha256Digest::compute(file));
    tree.write(SIDECAR, line);
}

/// A build with a mirror and a cache of its own: the latter is named like the test.
fn build(tree: &Tree, cache: &str, url: &str) -> Command {
    let mut cargo = tree.cargo();
    cargo.env("XDG_CACHE_HOME", tree.at("caches").join(cache));
    // One variable that Cargo tracks, and that differs from test to test.
    cargo.env("FASTBOOP_STAGE0_BASE_URL", format!("{url}/{cache}"));
    cargo
}

fn entry(tree: &Tree, cache: &str) -> PathBuf {
    let name = Sha256Digest::compute(&ARTIFACT).to_string();
    tree.at("caches")
        .join(cache)
        .join("fastboop/stage0")
        .join(name)
}

fn downloads(cargo: &mut Command) -> Embedded {
    let embedded = succeeds(cargo, Target::Aarch64);
    assert_eq!(embedded.mode, "release");
    assert_eq!(embedded.bytes(), *ARTIFACT);
    embedded
}

/// The build fails with these words after so many connections, and keeps nothing.
fn stops(fault: Fault, connections: usize, words: &[&str]) {
    let server = fault.serve(&ARTIFACT).unwrap();
    let cache = format!("{fault:?}");
    let mut cargo = build(&PACKAGE, &cache, &server.url());
    if fault == Fault::SlowDrip {
        cargo.env("FASTBOOP_STAGE0_TIMEOUT", "1");
    }
    // However it fails, there is a way without the network.
    let way_out = ["set FASTBOOP_STAGE0_EMBED_PATH to a stage0"];
    fails(&mut cargo, &[words, &way_out].concat());
    assert_eq!(server.connections(), connections);
    assert!(!entry(&PACKAGE, &cache).exists());
}

/// The build succeeds, with the second connection.
fn passes(fault: Fault) {
    let server = fault.serve(&ARTIFACT).unwrap();
    downloads(&mut build(&PACKAGE, &format!("{fault:?}"), &server.url()));
    assert_eq!(server.connections(), 2);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn downloads_the_right_file_once() {
    let server = Server::with_file(&ARTIFACT).unwrap();
    downloads(&mut build(&PACKAGE, "right", &server.url()));
    let requests = server.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    let path = format!("GET /right/v0.1.0/fastboop-stage0-{RELEASED} ");
    assert!(requests[0].starts_with(&path), "{requests:?}");
    let url = server.url();
    drop(server);

    // Without a server, and with a changed variable so that the build script runs again.
    let mut cargo = build(&PACKAGE, "right", &url);
    cargo.env("FASTBOOP_STAGE0_TIMEOUT", "9");
    let output = downloads(&mut cargo).output;
    assert!(output.contains("downloaded earlier"), "{output}");
}

#[test]
#[ignore = "runs cargo for minutes"]
fn replaces_a_tampered_cache_entry() {
    let entry = entry(&PACKAGE, "tampered");
    fs::create_dir_all(entry.parent().unwrap()).unwrap();
    fs::write(&entry, "tampered").unwrap();
    let server = Server::with_file(&ARTIFACT).unwrap();
    let output = downloads(&mut build(&PACKAGE, "tampered", &server.url())).output;
    assert!(output.contains("downloaded again"), "{output}");
    assert_eq!(fs::read(&entry).unwrap(), *ARTIFACT);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn another_file() {
    let digests = [b"another", &ARTIFACT[..]].map(|bytes| Sha256Digest::compute(bytes).to_string());
    stops(
        Fault::OtherFile,
        1,
        &["SHA-256 mismatch", &digests[0], &digests[1]],
    );
}

#[test]
#[ignore = "runs cargo for minutes"]
fn not_found() {
    stops(
        Fault::NotFound,
        1,
        &["404, no such file; is this version released?"],
    );
}

#[test]
#[ignore = "runs cargo for minutes"]
fn retries_a_server_error() {
    passes(Fault::ErrorOnce);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn retries_a_reset_connection() {
    passes(Fault::ResetOnce);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn retries_a_truncated_body() {
    stops(Fault::Truncated, 3, &["after 3 tries"]);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn follows_a_redirect() {
    passes(Fault::RedirectOnce);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn limits_redirects() {
    stops(Fault::RedirectLoop, 6, &["redirect"]);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn limits_the_time_of_a_download() {
    stops(Fault::SlowDrip, 3, &["timeout", "after 3 tries"]);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn rejects_a_wrong_length() {
    stops(Fault::ShortLength, 1, &["SHA-256 mismatch"]);
    stops(Fault::InvalidLength, 1, &["after 1 try"]);
    stops(Fault::TooLong, 1, &["larger than 67108864 bytes"]);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn rejects_an_unknown_authority() {
    let made = tls::serve("200 OK", "", &ARTIFACT).unwrap();
    let build_with = |pem: &str| {
        let mut cargo = build(&PACKAGE, "tls", &made.server.url());
        let authorities = PACKAGE.write("authorities", pem);
        cargo.env("SSL_CERT_FILE", authorities);
        cargo
    };
    let unrelated = tls::unrelated_certificate().unwrap();
    let words = ["UnknownIssuer", "set SSL_CERT_FILE"];
    fails(&mut build_with(&unrelated), &words);
    assert!(!entry(&PACKAGE, "tls").exists());
    // Named, it is believed.
    downloads(&mut build_with(&made.certificate));
}

#[test]
#[ignore = "runs cargo for minutes"]
fn ignores_empty_variables() {
    let server = Server::with_file(&ARTIFACT).unwrap();
    let with = |name: &str, value: &str| {
        let mut cargo = build(&PACKAGE, "variables", &server.url());
        cargo.env(name, value);
        cargo
    };
    for (name, value, words) in [
        (
            "FASTBOOP_STAGE0_BASE_URL",
            "http://host.test",
            "is not https",
        ),
        ("FASTBOOP_STAGE0_BASE_URL", "", "is set but empty"),
        (
            "FASTBOOP_STAGE0_TIMEOUT",
            "10s",
            "\"10s\" is not a number of whole seconds",
        ),
        ("FASTBOOP_STAGE0_TIMEOUT", "", "is set but empty"),
    ] {
        fails(&mut with(name, value), &[name, words]);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn rejects_a_missing_or_invalid_sidecar() {
    let tree = package("sidecar");
    let server = Server::with_file(b"#!/bin/sh\n").unwrap();
    let mut cargo = build(&tree, "script", &server.url());
    write_sidecar(&tree, b"#!/bin/sh\n");
    fails(&mut cargo, &["a script"]);
    tree.write(SIDECAR, "nonsense");
    fails(
        &mut cargo,
        &["stage0-aarch64.sha256sum", "is not a SHA-256 digest"],
    );
    fs::remove_file(tree.at(SIDECAR)).unwrap();
    fails(&mut cargo, &["stage0-aarch64.sha256sum: no such file"]);
    assert_eq!(server.connections(), 1);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn rejects_a_target_without_releases() {
    let mut cargo = PACKAGE.cargo();
    cargo.env("FASTBOOP_STAGE0_TARGET", "x86_64-unknown-linux-musl");
    let words = [
        "FASTBOOP_STAGE0_EMBED_PATH is required",
        "stage0/Cargo.toml does not exist",
        RELEASED,
    ];
    fails(&mut cargo, &words);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn builds_documentation_without_a_stage0() {
    let embedded = embeds(PACKAGE.cargo().env("DOCS_RS", "1"));
    assert_eq!(embedded.mode, "nothing");
    assert_eq!(embedded.bytes(), b"");
}

#[test]
#[ignore = "runs cargo for minutes"]
fn prefers_the_release_of_the_same_source() {
    let tree = Tree::new("unchanged");
    write_sidecar(&tree, &ARTIFACT);
    let inputs = inputs::digest(&tree.at("stage0/Cargo.toml")).unwrap();
    tree.write(INPUTS, format!("{inputs}  stage0\n"));
    let server = Server::with_file(&ARTIFACT).unwrap();
    let mut cargo = build(&tree, "unchanged", &server.url());
    cargo.env("FASTBOOP_STAGE0_PREFER", "prebuilt");
    downloads(&mut cargo);
    assert_eq!(server.connections(), 1);

    // Any other source is built.
    let main = fs::read_to_string(tree.at("stage0/src/main.rs")).unwrap();
    tree.write("stage0/src/main.rs", main + "// changed\n");
    let embedded = succeeds(&mut cargo, Target::Aarch64);
    assert_eq!(embedded.mode, "source");
    let output = &embedded.output;
    assert!(
        output.contains("FASTBOOP_STAGE0_PREFER=prebuilt, but"),
        "{output}"
    );
}
