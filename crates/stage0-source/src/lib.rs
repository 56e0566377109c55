//! Obtains, checks and copies the stage0 that a Cargo build of fastboop embeds.
//!
//! This is the build script of `fastboop-stage0-generator`, as a library so that it can be tested:
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     stage0_source::run()
//! }
//! ```
//!
//! It works in three steps. [`Environment`] reads the variables that Cargo and the user set,
//! [`plan()`] decides what to embed, and [`Plan::execute`] obtains and checks that stage0, copies it
//! to `OUT_DIR` and returns the directives for Cargo. (Bazel does not run the build script; its
//! embed step is `tools/build/stage0-embed`.)
//!
//! The first mode that applies is used. If it fails, the build fails and no other mode is tried:
//!
//! 1. path: the file that `FASTBOOP_STAGE0_EMBED_PATH` names;
//! 2. source: in a checkout, the result of a nested Cargo build of `stage0/` ([`nested`]);
//! 3. release: outside a checkout, the asset of the release ([`download`]).
//!
//! In a checkout, `FASTBOOP_STAGE0_PREFER=prebuilt` selects mode 3 while the source of stage0 is that
//! of the release.
//!
//! `docs/stage0-distribution.md` specifies the contract, and `docs/cargo.md` is the manual.
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

/// Runs the build script: prints the directives for Cargo, or one error, which fails the build.
pub fn run() -> ExitCode {
    // Printed first, so that a failed build script runs again when a variable changes.
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
            // A directive ends at the first line break.
            let message = error.to_string().replace(['\n', '\r'], " ");
            println!("cargo::error={message}");
            ExitCode::FAILURE
        }
    }
}

fn embed() -> Result<Outcome, Error> {
    let environment = Environment::from_process()?;
    plan(&environment)?.execute(&environment.manifest_dir, &environment.out_dir)
}
