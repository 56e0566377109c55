//! `bump crates` with the real cargo and its registry, on copies of this checkout.
//!
//! They take the network, so they are run by `.ci/checks/55-inputs`: `cargo test -p bump --test crates -- --ignored`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::env;
use std::process::Command;

use pins_testing::{Checkout, Run};

/// A crate that stage0 takes, in any version from the first.
const CRATE: &str = "cfg-if";
const OLDER: &str = "1.0.0";

fn cargo() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".into())
}

fn bump(checkout: &Checkout, arguments: &[&str]) -> Run {
    let root = format!("--root={}", checkout.path().display());
    Run::of(
        Command::new(env!("CARGO_BIN_EXE_bump"))
            .arg(root)
            .args(arguments),
    )
}

/// How Cargo.lock says that it is locked.
fn locked(version: &str) -> String {
    format!("name = \"{CRATE}\"\nversion = \"{version}\"")
}

/// A copy in which it is older in stage0's lock file.
fn with_an_older_crate() -> Checkout {
    let checkout = Checkout::copy();
    let update = [
        "update",
        "--package",
        CRATE,
        "--precise",
        OLDER,
        "--manifest-path",
    ];
    let manifest = checkout.path().join("stage0/Cargo.toml");
    Run::of(Command::new(cargo()).args(update).arg(manifest)).succeeded();
    assert!(checkout.read("stage0/Cargo.lock").contains(&locked(OLDER)));
    checkout
}

#[test]
#[ignore = "needs cargo's registry"]
fn crates_move_in_every_workspace_that_has_them() {
    let checkout = with_an_older_crate();
    let manifests = [
        checkout.read("Cargo.toml"),
        checkout.read("stage0/Cargo.toml"),
    ];
    let run = bump(&checkout, &["crates", CRATE]).succeeded();
    assert!(
        run.out
            .contains(&format!("stage0/Cargo.lock  {CRATE}  {OLDER} -> ")),
        "{run:?}"
    );
    assert!(!checkout.read("stage0/Cargo.lock").contains(&locked(OLDER)));
    assert!(
        !checkout
            .read("docs/inputs.md")
            .contains(&format!("| {CRATE} | {OLDER} |"))
    );
    assert_eq!(
        [
            checkout.read("Cargo.toml"),
            checkout.read("stage0/Cargo.toml")
        ],
        manifests
    );
}

#[test]
#[ignore = "needs cargo's registry"]
fn a_dry_run_and_a_refusal_leave_all_as_it_was() {
    let checkout = with_an_older_crate();
    let before = checkout.contents();
    bump(&checkout, &["crates", CRATE, "--dry-run"]).succeeded();
    assert!(checkout.contents() == before);
    bump(&checkout, &["crates", CRATE, "nosuch"]).failed("nosuch: no Cargo.lock has such a crate");
    assert!(checkout.contents() == before);
    // A licence that is not allowed any more stops the move.
    checkout.edit("tools/pins/policy.toml", "    \"MIT\",\n", "");
    let before = checkout.contents();
    bump(&checkout, &["crates", CRATE]).failed("is not among those allowed");
    assert!(checkout.contents() == before);
}

#[test]
#[ignore = "needs cargo's registry"]
fn a_damaged_digest_is_found() {
    let checkout = with_an_older_crate();
    let lock = checkout.read("stage0/Cargo.lock");
    let checksum = lock
        .split("name = \"libc\"")
        .nth(1)
        .unwrap()
        .split("checksum = \"")
        .nth(1)
        .unwrap();
    checkout.edit("stage0/Cargo.lock", &checksum[..64], &"0".repeat(64));
    let before = checkout.contents();
    let run = bump(&checkout, &["crates", CRATE]);
    assert!(run.code == 1 && run.err.contains("libc"), "{run:?}");
    assert!(checkout.contents() == before);
}
