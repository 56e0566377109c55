//! Where a Cargo build of fastboop gets the stage0 that it embeds.
//!
//! This is the build script of `fastboop-stage0-generator`, as a library so that it can be tested.
//! It works in three steps: [`Environment`] holds what Cargo and the user set, [`plan()`] decides
//! what to do, and [`Plan::execute`] does it and reports to Cargo. (Bazel runs no build script; its
//! embed step is `tools/build/stage0-embed`.)
//!
//! The first way that applies is taken, and when it fails no other is tried:
//!
//! 1. the file that `FASTBOOP_STAGE0_EMBED_PATH` names;
//! 2. in a checkout, what a build of its `stage0/` makes: [`nested`];
//! 3. elsewhere, the artifact of the release: [`download`].
//!
//! docs/stage0-distribution.md states the contract, docs/cargo.md is the manual.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

pub mod download;
mod environment;
mod error;
pub mod nested;
mod outcome;
mod plan;
mod variables;

use std::process::ExitCode;

pub use environment::Environment;
pub use error::Error;
pub use outcome::Outcome;
pub use plan::{Plan, plan};
pub use variables::{BASE_URL, CARGO, DOCS_RS, EMBED_MODE, EMBED_PATH, PREFER, TARGET, TIMEOUT};

/// The build script: prints what Cargo needs to know, or one error, for which Cargo then fails.
pub fn run() -> ExitCode {
    // First of all, because it holds for failures too.
    for variable in [
        EMBED_PATH, TARGET, CARGO, PREFER, BASE_URL, TIMEOUT, DOCS_RS,
    ] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    match embed() {
        Ok(outcome) => {
            for directive in outcome.directives {
                println!("{directive}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            // Cargo reads the error up to the first line break.
            let message = error.to_string().replace(['\n', '\r'], " ");
            println!("cargo::error={message}");
            ExitCode::FAILURE
        }
    }
}

fn embed() -> Result<Outcome, Error> {
    let environment = Environment::from_process()?;
    plan(&environment)?.execute(&environment.out_dir)
}
