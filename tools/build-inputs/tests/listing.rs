//! The program on copies of this checkout: what it writes, and what it refuses.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use pins_testing::{Checkout, Run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_build-inputs");
const LISTING: &str = "docs/inputs.md";

fn run(checkout: &Checkout, arguments: &[&str]) -> Run {
    checkout.run(PROGRAM, arguments, None)
}

#[test]
fn what_is_written_is_current_and_always_the_same() {
    let (one, two) = (Checkout::copy(), Checkout::copy());
    for checkout in [&one, &two] {
        run(checkout, &[]).succeeded();
        assert_eq!(
            run(checkout, &["--check"]).succeeded().out,
            "docs/inputs.md: current\n"
        );
    }
    assert_eq!(one.read(LISTING), two.read(LISTING));
    let listing = one.read(LISTING);
    for input in [
        "| rules_rust | ",
        "| bazel-",
        "riscv64gc-unknown-linux-musl",
        "| serde | ",
        "| nix | ",
        "buildifier",
        "| rustc | forky |",
    ] {
        assert!(listing.contains(input), "{input}");
    }
}

#[test]
fn a_moved_pin_makes_it_stale_and_nothing_is_written() {
    let checkout = Checkout::copy();
    run(&checkout, &[]).succeeded();
    let before = checkout.read(LISTING);
    checkout.edit(
        "MODULE.bazel",
        "name = \"platforms\", version = \"",
        "name = \"platforms\", version = \"9",
    );
    run(&checkout, &["--check"]).failed(": not what the pins say; run build-inputs");
    assert_eq!(checkout.read(LISTING), before);
    let line = 1 + before
        .lines()
        .position(|line| line.starts_with("| platforms |"))
        .unwrap();
    run(&checkout, &["--check"]).failed(&format!("docs/inputs.md:{line}: "));
}

#[test]
fn what_nothing_pins_is_refused_by_name() {
    let refused = |change: &dyn Fn(&Checkout), words: &str| {
        let checkout = Checkout::copy();
        change(&checkout);
        let before = checkout.contents();
        run(&checkout, &[]).failed(words);
        assert!(
            checkout.contents() == before,
            "{words}: something was written"
        );
    };
    refused(
        &|tree| {
            tree.edit(
                "MODULE.bazel",
                "bazel_dep(name = \"rules_cc\", version = ",
                "bazel_dep(name = \"rules_cc\", other = ",
            )
        },
        "bazel_dep: no version",
    );
    refused(
        &|tree| tree.edit("MODULE.bazel", "bazel_dep(", "git_override()\nbazel_dep("),
        "git_override: a call that is not known",
    );
    refused(
        &|tree| {
            tree.edit(
                "MODULE.bazel",
                "RISCV64_MUSL_STD_SHA256 = \"",
                "RISCV64_MUSL_STD_SHA256 = \"0",
            )
        },
        "RISCV64_MUSL_STD_SHA256 is not a sha256",
    );
    refused(
        &|tree| tree.write(".bazelversion", "9.0.0\n"),
        "is not a program of Bazel 9.0.0",
    );
    refused(
        &|tree| tree.edit("Cargo.lock", "\nchecksum = ", "\nchecksun = "),
        "is not pinned by a checksum",
    );
    refused(
        &|tree| tree.edit("stage0/Cargo.lock", "registry+", "git+"),
        "is not pinned by a checksum",
    );
    refused(
        &|tree| tree.edit(".ci/npm.txt", "sha512-", "sha1-"),
        ".ci/npm.txt:2: not `<package>",
    );
    refused(
        &|tree| {
            tree.write(
                ".github/workflows/ci.yml",
                "steps:\n  - uses: actions/checkout@v4\n",
            )
        },
        ".github/workflows/ci.yml:2: `uses: actions/checkout@v4` is not pinned",
    );
    refused(
        &|tree| tree.write(".github/workflows/ci.yml", "container: debian:forky\n"),
        ".github/workflows/ci.yml:1: the image debian:forky is not pinned",
    );
    refused(
        &|tree| tree.write(".ci/checks/99-new", "\ncurl -O x\n"),
        ".ci/checks/99-new:2: `curl` downloads",
    );
    refused(
        &|tree| tree.write("tools/new.bzl", "http_archive(\n"),
        "tools/new.bzl:1: `http_archive` downloads",
    );
    refused(
        &|tree| tree.write("tools/new/Cargo.toml", "[workspace]\n"),
        "tools/new/Cargo.toml: a workspace that",
    );
}

#[test]
fn a_licence_has_to_be_known_and_allowed() {
    let checkout = Checkout::copy();
    let with = |licence| checkout.run(PROGRAM, &[], Some(("serde", licence)));
    with(None).failed("Cargo.lock: serde 1");
    with(None).failed("no licence is known");
    with(Some("AGPL-3.0-only")).failed("its licence \"AGPL-3.0-only\" is not among those allowed");
    with(Some("MIT AND OpenSSL")).failed("is not among those allowed");
    with(Some("our own")).failed("no SPDX expression");
    with(Some("OpenSSL OR MIT")).succeeded();
    // And of what is no crate.
    checkout.edit(
        "tools/pins/policy.toml",
        "rules_rust = \"Apache-2.0\"\n",
        "",
    );
    run(&checkout, &[])
        .failed("rules_rust: no licence is known; say its SPDX licence under licence-of");
}

#[test]
fn every_problem_is_told_at_once() {
    let checkout = Checkout::copy();
    checkout.edit(".ci/npm.txt", "sha512-", "sha1-");
    checkout.write(".bazelversion", "9.0.0\n");
    let run = run(&checkout, &["--check"]).failed(".ci/npm.txt:2");
    assert!(run.err.contains("tools/bazel.sha256"), "{run:?}");
}

#[test]
fn elsewhere_it_says_what_it_needs() {
    let nowhere = std::process::Command::new(PROGRAM)
        .arg("--root=/nonexistent")
        .output()
        .unwrap();
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("no MODULE.bazel here"));
}
