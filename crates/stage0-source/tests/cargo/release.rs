//! Tests mode 3: the asset of a release, without source. `tests/download.rs` tests the same faults
//! without Cargo, and in more detail.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use fastboop_files::Sha256Digest;
use fault_server::{Fault, Server, tls};
use stage0_artifact::{Target, inputs};
use stage0_testing::ElfFile;

use crate::tree::{Embedded, Tree, assert_embeds, assert_fails, assert_succeeds};

const RELEASED: &str = "aarch64-unknown-linux-musl";
const SIDECAR: &str = "crates/fastboop-stage0-generator/stage0-aarch64.sha256sum";
const INPUTS: &str = "crates/fastboop-stage0-generator/stage0-aarch64.inputs.sha256sum";

/// The asset of the release.
static ARTIFACT: LazyLock<Vec<u8>> = LazyLock::new(|| ElfFile::aarch64().build());

/// The crates as in a release, for the tests that do not change them.
static PACKAGE: LazyLock<Tree> = LazyLock::new(|| make_package("package"));

/// Creates a tree without stage0's source, but with the digest of [`ARTIFACT`].
fn make_package(name: &str) -> Tree {
    let tree = Tree::new(name);
    fs::remove_dir_all(tree.path("stage0")).unwrap();
    write_sidecar(&tree, &ARTIFACT);
    tree
}

fn write_sidecar(tree: &Tree, file: &[u8]) {
    let line = format!("{}  name\n", Sha256Digest::compute(file));
    tree.write(SIDECAR, line);
}

/// A build that uses the mirror at `url` and the cache named `cache`, which is unique to each test.
fn build(tree: &Tree, cache: &str, url: &str) -> Command {
    let mut cargo = tree.cargo();
    cargo.env("XDG_CACHE_HOME", tree.path("caches").join(cache));
    // Cargo tracks this variable, so a different value in each test runs the build script again.
    cargo.env("FASTBOOP_STAGE0_BASE_URL", format!("{url}/{cache}"));
    cargo
}

fn cache_entry(tree: &Tree, cache: &str) -> PathBuf {
    let name = Sha256Digest::compute(&ARTIFACT).to_string();
    tree.path("caches")
        .join(cache)
        .join("fastboop/stage0")
        .join(name)
}

fn assert_downloads(cargo: &mut Command) -> Embedded {
    let embedded = assert_embeds(cargo, Target::Aarch64);
    assert_eq!(embedded.mode, "release");
    assert_eq!(embedded.bytes(), *ARTIFACT);
    embedded
}

/// Asserts that the build fails with `words` after `connections` connections, and caches nothing.
fn assert_download_fails(fault: Fault, connections: usize, words: &[&str]) {
    let server = fault.serve(&ARTIFACT).unwrap();
    let cache = format!("{fault:?}");
    let mut cargo = build(&PACKAGE, &cache, &server.url());
    if fault == Fault::SlowDrip {
        cargo.env("FASTBOOP_STAGE0_TIMEOUT", "1");
    }
    // Every error mentions how to build without the network.
    let next_step = ["set FASTBOOP_STAGE0_EMBED_PATH to a stage0"];
    assert_fails(&mut cargo, &[words, &next_step].concat());
    assert_eq!(server.connections(), connections);
    assert!(!cache_entry(&PACKAGE, &cache).exists());
}

/// Asserts that the build succeeds with the second connection.
fn assert_second_connection_succeeds(fault: Fault) {
    let server = fault.serve(&ARTIFACT).unwrap();
    assert_downloads(&mut build(&PACKAGE, &format!("{fault:?}"), &server.url()));
    assert_eq!(server.connections(), 2);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn downloads_the_file_once() {
    let server = Server::with_file(&ARTIFACT).unwrap();
    assert_downloads(&mut build(&PACKAGE, "once", &server.url()));
    let requests = server.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    let path = format!("GET /once/v0.1.0/fastboop-stage0-{RELEASED} ");
    assert!(requests[0].starts_with(&path), "{requests:?}");
    let url = server.url();
    drop(server);

    // Without a server, and with a changed variable so that the build script runs again.
    let mut cargo = build(&PACKAGE, "once", &url);
    cargo.env("FASTBOOP_STAGE0_TIMEOUT", "9");
    let output = assert_downloads(&mut cargo).output;
    assert!(output.contains("downloaded earlier"), "{output}");
}

#[test]
#[ignore = "runs cargo for minutes"]
fn replaces_a_tampered_cache_entry() {
    let entry = cache_entry(&PACKAGE, "tampered");
    fs::create_dir_all(entry.parent().unwrap()).unwrap();
    fs::write(&entry, "tampered").unwrap();
    let server = Server::with_file(&ARTIFACT).unwrap();
    let output = assert_downloads(&mut build(&PACKAGE, "tampered", &server.url())).output;
    assert!(output.contains("downloaded again"), "{output}");
    assert_eq!(fs::read(&entry).unwrap(), *ARTIFACT);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn rejects_another_file() {
    let digests = [b"another", &ARTIFACT[..]].map(|bytes| Sha256Digest::compute(bytes).to_string());
    assert_download_fails(
        Fault::OtherFile,
        1,
        &["SHA-256 mismatch", &digests[0], &digests[1]],
    );
}

#[test]
#[ignore = "runs cargo for minutes"]
fn does_not_retry_a_missing_file() {
    assert_download_fails(
        Fault::NotFound,
        1,
        &["HTTP status 404: no such file; check that this version is released"],
    );
}

#[test]
#[ignore = "runs cargo for minutes"]
fn retries_a_server_error() {
    assert_second_connection_succeeds(Fault::ErrorOnce);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn retries_a_reset_connection() {
    assert_second_connection_succeeds(Fault::ResetOnce);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn retries_a_truncated_body() {
    assert_download_fails(Fault::Truncated, 3, &["after 3 tries"]);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn follows_a_redirect() {
    assert_second_connection_succeeds(Fault::RedirectOnce);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn limits_redirects() {
    assert_download_fails(Fault::RedirectLoop, 6, &["redirect"]);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn limits_the_time_of_a_download() {
    assert_download_fails(Fault::SlowDrip, 3, &["timeout", "after 3 tries"]);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn rejects_a_wrong_length() {
    assert_download_fails(Fault::ShortLength, 1, &["SHA-256 mismatch"]);
    assert_download_fails(Fault::InvalidLength, 1, &["after 1 try"]);
    assert_download_fails(Fault::TooLong, 1, &["larger than 67108864 bytes"]);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn rejects_an_unknown_authority() {
    let https = tls::serve("200 OK", "", &ARTIFACT).unwrap();
    let build_with = |pem: &str| {
        let mut cargo = build(&PACKAGE, "tls", &https.server.url());
        let authorities = PACKAGE.write("authorities", pem);
        cargo.env("SSL_CERT_FILE", authorities);
        cargo
    };
    let unrelated = tls::unrelated_certificate().unwrap();
    let words = ["UnknownIssuer", "set SSL_CERT_FILE"];
    assert_fails(&mut build_with(&unrelated), &words);
    assert!(!cache_entry(&PACKAGE, "tls").exists());
    // The same server is trusted once SSL_CERT_FILE names its certificate.
    assert_downloads(&mut build_with(&https.certificate));
}

#[test]
#[ignore = "runs cargo for minutes"]
fn rejects_invalid_variables() {
    let server = Server::with_file(&ARTIFACT).unwrap();
    let build_with = |name: &str, value: &str| {
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
        ("FASTBOOP_STAGE0_BASE_URL", "", "set but empty"),
        (
            "FASTBOOP_STAGE0_BASE_URL",
            "https://user:pw@host.test:99999",
            "\"https://***@host.test:99999\" is not a valid URL: the port",
        ),
        ("FASTBOOP_STAGE0_BASE_URL", "https://", "is not a valid URL"),
        (
            "FASTBOOP_STAGE0_BASE_URL",
            "https://host.test/#f",
            "has a query or a fragment",
        ),
        (
            "FASTBOOP_STAGE0_TIMEOUT",
            "10s",
            "\"10s\" is not a whole number of seconds",
        ),
        ("FASTBOOP_STAGE0_TIMEOUT", "", "set but empty"),
    ] {
        assert_fails(&mut build_with(name, value), &[name, words]);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn rejects_a_missing_or_invalid_sidecar() {
    let tree = make_package("sidecar");
    let server = Server::with_file(b"#!/bin/sh\n").unwrap();
    let mut cargo = build(&tree, "script", &server.url());
    write_sidecar(&tree, b"#!/bin/sh\n");
    assert_fails(&mut cargo, &["a script"]);
    tree.write(SIDECAR, "nonsense");
    assert_fails(
        &mut cargo,
        &["stage0-aarch64.sha256sum", "is not a SHA-256 digest"],
    );
    fs::remove_file(tree.path(SIDECAR)).unwrap();
    assert_fails(&mut cargo, &["stage0-aarch64.sha256sum: no such file"]);
    assert_eq!(server.connections(), 1);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn rejects_a_target_without_releases() {
    let mut cargo = PACKAGE.cargo();
    cargo.env("FASTBOOP_STAGE0_TARGET", "x86_64-unknown-linux-musl");
    let words = [
        "FASTBOOP_STAGE0_EMBED_PATH: required",
        "stage0/Cargo.toml does not exist",
        RELEASED,
    ];
    assert_fails(&mut cargo, &words);
}

#[test]
#[ignore = "runs cargo for minutes"]
fn builds_documentation_without_a_stage0() {
    let embedded = assert_succeeds(PACKAGE.cargo().env("DOCS_RS", "1"));
    assert_eq!(embedded.mode, "nothing");
    assert_eq!(embedded.bytes(), b"");
}

#[test]
#[ignore = "runs cargo for minutes"]
fn prefers_the_release_of_the_same_source() {
    let tree = Tree::new("unchanged");
    write_sidecar(&tree, &ARTIFACT);
    let inputs = inputs::digest(&tree.path("stage0/Cargo.toml")).unwrap();
    tree.write(INPUTS, format!("{inputs}  stage0\n"));
    let server = Server::with_file(&ARTIFACT).unwrap();
    let mut cargo = build(&tree, "unchanged", &server.url());
    cargo.env("FASTBOOP_STAGE0_PREFER", "prebuilt");
    assert_downloads(&mut cargo);
    assert_eq!(server.connections(), 1);

    // Changed source is built.
    let main = fs::read_to_string(tree.path("stage0/src/main.rs")).unwrap();
    tree.write("stage0/src/main.rs", main + "// changed\n");
    let embedded = assert_embeds(&mut cargo, Target::Aarch64);
    assert_eq!(embedded.mode, "source");
    let output = &embedded.output;
    assert!(
        output.contains("FASTBOOP_STAGE0_PREFER=prebuilt: stage0 is built from source"),
        "{output}"
    );
}
