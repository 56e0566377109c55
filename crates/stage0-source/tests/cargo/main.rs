//! Tests each mode and its errors with the real Cargo on the real crates, in copies of this checkout.
//!
//! The tests take minutes and require the musl targets and strace, so `.ci/slow/51-cargo-modes`
//! and, for the slowest, `.ci/slow/73-cargo-isolation` run them in the Debian root:
//! `cargo test -p stage0-source --test cargo -- --ignored --test-threads=1`. They run one at a time,
//! because they share a target directory, in which third-party crates are built only once.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod checkouts;
mod isolation;
mod path;
mod release;
mod source;
mod tree;
