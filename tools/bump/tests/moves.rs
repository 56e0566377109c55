//! The program on copies of this checkout: pins that move, and all that stays.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use fault_server::{Server, respond};
use pins_testing::{Checkout, Run};

const ONES: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const LISTING: &str = "docs/inputs.md";

fn bump(checkout: &Checkout, arguments: &[&str]) -> Run {
    checkout.run(env!("CARGO_BIN_EXE_bump"), arguments, None)
}

/// The lines of `new` that `old` has not.
fn new_lines(old: &str, new: &str) -> Vec<String> {
    assert_eq!(old.lines().count(), new.lines().count());
    let pairs = old.lines().zip(new.lines());
    pairs
        .filter(|(old, new)| old != new)
        .map(|(_, new)| new.to_owned())
        .collect()
}

#[test]
fn rust_moves_with_its_digest_and_nothing_else() {
    let checkout = Checkout::copy();
    let (before, oldest) = (checkout.read("MODULE.bazel"), checkout.read("Cargo.toml"));
    let run = bump(&checkout, &["rust", "9.9.9", "--riscv64-sha256", ONES]).succeeded();
    let lines = new_lines(&before, &checkout.read("MODULE.bazel"));
    assert_eq!(
        lines,
        [
            "RUST_VERSION = \"9.9.9\"".to_owned(),
            format!("RISCV64_MUSL_STD_SHA256 = \"{ONES}\"")
        ]
    );
    assert!(
        run.out.contains("-> 9.9.9") && run.out.contains("written: MODULE.bazel, docs/inputs.md"),
        "{run:?}"
    );
    assert!(checkout.read(LISTING).contains(ONES));
    assert_eq!(
        checkout.read("Cargo.toml"),
        oldest,
        "the oldest Rust is not raised"
    );
    let again = bump(&checkout, &["rust", "9.9.9"]).succeeded();
    assert_eq!(again.out, "nothing to move: the pins are there already\n");
}

#[test]
fn the_digest_of_rust_comes_from_upstream() {
    let archive = "rust-std-9.9.9-riscv64gc-unknown-linux-musl.tar.xz";
    let body = format!("{ONES}  {archive}\n");
    let server =
        Server::start(move |_, stream| respond(stream, "200 OK", "", body.as_bytes())).unwrap();
    let checkout = Checkout::copy();
    let policy = checkout.read("tools/pins/policy.toml");
    let upstream = policy
        .split("riscv64-sha256-url = \"")
        .nth(1)
        .unwrap()
        .split("/rust-std")
        .next()
        .unwrap();
    checkout.edit("tools/pins/policy.toml", upstream, &server.url());
    bump(&checkout, &["rust", "9.9.9"]).succeeded();
    assert!(checkout.read("MODULE.bazel").contains(ONES));
    assert!(
        server.requests()[0].starts_with(&format!("GET /{archive}.sha256 ")),
        "{:?}",
        server.requests()
    );
}

#[test]
fn rules_move_and_their_comments_stay() {
    let checkout = Checkout::copy();
    let before = checkout.read("MODULE.bazel");
    bump(&checkout, &["rules", "rules_rust", "9.9.9"]).succeeded();
    let lines = new_lines(&before, &checkout.read("MODULE.bazel"));
    assert_eq!(
        lines,
        ["bazel_dep(name = \"rules_rust\", version = \"9.9.9\")"]
    );
    assert!(checkout.read(LISTING).contains("| rules_rust | 9.9.9 |"));
}

#[test]
fn an_action_moves_wherever_it_is_used() {
    let checkout = Checkout::copy();
    let workflow = |commit: &str, tag: &str| {
        format!(
            "# uses\n- uses: a/b@{commit} # {tag}\n- uses: a/b/c@{commit} # {tag}\n- uses: a/bc@{COMMIT} # v1\n"
        )
    };
    let old = COMMIT.replace('0', "f");
    for path in [".github/workflows/one.yml", ".github/workflows/two.yaml"] {
        checkout.write(path, &workflow(&old, "v1.0"));
    }
    checkout.edit(
        "tools/pins/policy.toml",
        "[licence-of]\n",
        "[licence-of]\n\"a/b\" = \"MIT\"\n\"a/b/c\" = \"MIT\"\n\"a/bc\" = \"MIT\"\n",
    );
    bump(&checkout, &["action", "a/b", "v1.1", COMMIT]).succeeded();
    for path in [".github/workflows/one.yml", ".github/workflows/two.yaml"] {
        assert_eq!(checkout.read(path), workflow(COMMIT, "v1.1"));
    }
    assert!(
        checkout
            .read(LISTING)
            .contains(&format!("| a/b | v1.1 | `{COMMIT}` | MIT |"))
    );
}

#[test]
fn bazel_and_npm_packages_move_with_their_digests() {
    let checkout = Checkout::copy();
    bump(
        &checkout,
        &[
            "bazel",
            "9.9.9",
            "--sha256",
            &format!("x86_64={ONES}"),
            "--sha256",
            &format!("arm64={ONES}"),
        ],
    )
    .succeeded();
    assert_eq!(checkout.read(".bazelversion"), "9.9.9\n");
    let programs = format!("{ONES}  bazel-9.9.9-linux-arm64\n{ONES}  bazel-9.9.9-linux-x86_64\n");
    assert_eq!(checkout.read("tools/bazel.sha256"), programs);
    let before = checkout.read(".ci/npm.txt");
    let integrity = format!("sha512-{}==", "1".repeat(86));
    bump(
        &checkout,
        &["npm", "@bazel/buildifier", "99.0.0", &integrity],
    )
    .succeeded();
    let lines = new_lines(&before, &checkout.read(".ci/npm.txt"));
    assert_eq!(
        lines,
        [format!(
            "@bazel/buildifier 99.0.0 {integrity}  # formats and lints Starlark"
        )]
    );
}

#[test]
fn a_dry_run_shows_and_writes_nothing() {
    let checkout = Checkout::copy();
    let before = checkout.contents();
    let run = bump(&checkout, &["--dry-run", "rules", "rules_rust", "9.9.9"]).succeeded();
    assert!(
        run.out.contains(
            "-> 9.9.9\nnothing was written; without --dry-run: MODULE.bazel, docs/inputs.md"
        ),
        "{run:?}"
    );
    assert!(checkout.contents() == before);
}
