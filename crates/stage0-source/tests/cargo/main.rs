//! The real cargo on the real crates, in copies of this checkout: each mode, and what stops it.
//!
//! They take a cargo with the musl targets, strace and some minutes, so they are run by
//! `.ci/checks/51-cargo-modes`, in the Debian root:
//! `cargo test -p stage0-source --test cargo -- --ignored --test-threads=1`. One at a time, because
//! they share a target directory, where the crates of others are built once for all.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod isolation;
mod path;
mod release;
mod source;
mod tree;
