//! The program on copies of this checkout: whatever would lower a check is refused, and nothing is written.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use fault_server::{Server, respond};
use pins_testing::Checkout;

const ONES: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn refused(checkout: &Checkout, arguments: &[&str], words: &str) {
    let before = checkout.contents();
    checkout
        .run(env!("CARGO_BIN_EXE_bump"), arguments, None)
        .failed(words);
    assert!(
        checkout.contents() == before,
        "{arguments:?}: something was written"
    );
}

/// The text between these two in a file.
fn between(checkout: &Checkout, path: &str, before: &str, after: &str) -> String {
    let text = checkout.read(path);
    let found = text
        .split(before)
        .nth(1)
        .and_then(|rest| rest.split(after).next());
    found.expect("a pin").to_owned()
}

#[test]
fn older_versions() {
    let checkout = Checkout::copy();
    let digest = format!("--riscv64-sha256={ONES}");
    refused(
        &checkout,
        &["rust", "1.0.0", &digest],
        "Rust: 1.0.0 is older than",
    );
    refused(
        &checkout,
        &["rules", "rules_rust", "0.1.0"],
        "rules_rust: 0.1.0 is older than",
    );
    let npm = format!("sha512-{}==", "1".repeat(86));
    refused(
        &checkout,
        &["npm", "@bazel/buildifier", "0.1.0", &npm],
        "@bazel/buildifier: 0.1.0 is older than",
    );
    let (x86_64, arm64) = (
        format!("--sha256=x86_64={ONES}"),
        format!("--sha256=arm64={ONES}"),
    );
    refused(
        &checkout,
        &["bazel", "1.0.0", &x86_64, &arm64],
        "1.0.0 is older than",
    );
}

#[test]
fn another_digest_for_the_same_version() {
    let checkout = Checkout::copy();
    let shouts = "ANOTHER DIGEST FOR THE SAME VERSION";
    let rust = between(&checkout, "MODULE.bazel", "RUST_VERSION = \"", "\"");
    refused(
        &checkout,
        &["rust", &rust, "--riscv64-sha256", ONES],
        shouts,
    );
    let bazel = checkout.read(".bazelversion").trim().to_owned();
    let (x86_64, arm64) = (
        format!("--sha256=x86_64={ONES}"),
        format!("--sha256=arm64={ONES}"),
    );
    refused(&checkout, &["bazel", &bazel, &x86_64, &arm64], shouts);
    let npm = between(&checkout, ".ci/npm.txt", "@bazel/buildifier ", " ");
    refused(
        &checkout,
        &[
            "npm",
            "@bazel/buildifier",
            &npm,
            &format!("sha512-{}==", "1".repeat(86)),
        ],
        shouts,
    );
    // A tag that was moved.
    checkout.write(
        ".github/workflows/ci.yml",
        &format!("- uses: a/b@{COMMIT} # v1.0\n"),
    );
    refused(
        &checkout,
        &["action", "a/b", "v1.0", &COMMIT.replace('0', "f")],
        shouts,
    );
}

#[test]
fn no_digest() {
    let checkout = Checkout::copy();
    let arm64_alone = ["bazel", "99.0.0", &format!("--sha256=arm64={ONES}")];
    refused(
        &checkout,
        &arm64_alone,
        "-linux-x86_64 would lose its digest",
    );
    refused(
        &checkout,
        &["npm", "@bazel/buildifier", "99.0.0", "sha1-abc="],
        "is not sha512-<base64>",
    );
    let rust_without = checkout.run(
        env!("CARGO_BIN_EXE_bump"),
        &["rust", "99.0.0", "--riscv64-sha256=12"],
        None,
    );
    assert_eq!(rust_without.code, 2, "{rust_without:?}");
}

#[test]
fn a_digest_that_upstream_does_not_have() {
    let answers = [
        ("404 Not Found", "gone"),
        ("200 OK", "<html>"),
        ("200 OK", "of-another"),
    ];
    let other = format!("{ONES}  rust-std-1.0.0-riscv64gc-unknown-linux-musl.tar.xz\n");
    let server = Server::start(move |number, stream| {
        let (status, body) = answers[number % answers.len()];
        let body = if body == "of-another" { &other } else { body };
        respond(stream, status, "", body.as_bytes())
    })
    .unwrap();
    let checkout = Checkout::copy();
    let upstream = between(
        &checkout,
        "tools/pins/policy.toml",
        "riscv64-sha256-url = \"",
        "/rust-std",
    );
    checkout.edit("tools/pins/policy.toml", &upstream, &server.url());
    for words in [
        "404",
        "line 1",
        "has no digest of rust-std-99.0.0-riscv64gc-unknown-linux-musl.tar.xz",
    ] {
        refused(&checkout, &["rust", "99.0.0"], words);
    }
}

#[test]
fn a_tag_in_the_place_of_a_commit() {
    let checkout = Checkout::copy();
    checkout.write(
        ".github/workflows/ci.yml",
        &format!("- uses: a/b@{COMMIT} # v1.0\n"),
    );
    refused(
        &checkout,
        &["action", "a/b", "v1.1", "v1.1"],
        "\"v1.1\" is not a commit",
    );
    refused(
        &checkout,
        &["action", "a/b", "v0.9", COMMIT],
        "a/b: v0.9 is older than v1.0",
    );
    refused(
        &checkout,
        &["action", "a/other", "v1.1", COMMIT],
        "no workflow uses a/other",
    );
    // And one whose licence nobody looked at.
    refused(
        &checkout,
        &["action", "a/b", "v1.1", COMMIT],
        "a/b: no licence is known",
    );
}

#[test]
fn a_move_while_something_else_is_not_pinned() {
    let checkout = Checkout::copy();
    checkout.edit("Cargo.lock", "\nchecksum = ", "\nchecksun = ");
    refused(
        &checkout,
        &["rules", "rules_rust", "99.0.0"],
        "is not pinned by a checksum",
    );
}

#[test]
fn what_is_not_there() {
    let checkout = Checkout::copy();
    refused(
        &checkout,
        &["rules", "nosuch", "1.0.0"],
        "no bazel_dep nosuch; there are: platforms",
    );
    refused(
        &checkout,
        &[
            "npm",
            "nosuch",
            "1.0.0",
            &format!("sha512-{}==", "1".repeat(86)),
        ],
        "no package nosuch",
    );
    refused(
        &checkout,
        &["rules", "rules_rust", "latest"],
        "\"latest\" is not a version",
    );
    refused(&checkout, &["kernel"], "no kernel is pinned");
}
