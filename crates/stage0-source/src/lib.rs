//! Where a Cargo build of fastboop gets the stage0 that it embeds.
//!
//! This is the build script of `fastboop-stage0-generator`, as a library so that it can be tested.
//! It works in three steps: [`Environment`] is what Cargo and the user say, [`plan()`] decides from
//! that alone what to do, [`Plan::carry_out`] does it and tells Cargo. (Bazel runs no build script;
//! its embed step is `tools/stage0-embed`.)
//!
//! There is one way so far: the file that `FASTBOOP_STAGE0_EMBED_PATH` names is checked and
//! embedded. No network is touched and nothing is built.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod environment;
mod outcome;
mod plan;

use std::process::ExitCode;

pub use environment::Environment;
pub use outcome::Outcome;
pub use plan::{Plan, plan};

/// The variable that names the file to embed. For the crate's own source it is set too, to the
/// checked copy.
pub const EMBED_PATH: &str = "FASTBOOP_STAGE0_EMBED_PATH";

/// The variable that names the target of the file to embed, when its name does not.
pub const TARGET: &str = "FASTBOOP_STAGE0_TARGET";

/// The variable that tells the crate's source how its stage0 was found.
pub const EMBED_MODE: &str = "FASTBOOP_STAGE0_EMBED_MODE";

/// Why there is no stage0 to embed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody said which file, and there is no other way to get one.
    #[error(
        "{EMBED_PATH} is required: set it to a stage0 artifact, for example the file that \
         `tools/bazel build //stage0:fastboop-stage0-aarch64-unknown-linux-musl` leaves in bazel-bin/stage0/. \
         (Building stage0 from here and downloading a release are planned, but not there yet.)"
    )]
    NoSource,
    /// A variable is set, but says nothing.
    #[error("{0} is set but empty; name a value or unset it")]
    EmptyVariable(&'static str),
    /// A variable that Cargo sets for build scripts is missing.
    #[error("{0} is not set; this build script is run by Cargo")]
    NotCargo(&'static str),
    /// The target's variable holds something else.
    #[error("{TARGET}: {0}")]
    Target(#[from] stage0_artifact::TargetError),
    /// The file cannot be embedded.
    #[error("{EMBED_PATH}: {0}")]
    Artifact(#[from] stage0_artifact::Error),
    /// A path would break Cargo's line-based protocol.
    #[error("{0:?}: Cargo can only be told of paths in UTF-8 on one line; use another directory")]
    OddPath(std::path::PathBuf),
}

/// The build script: prints what Cargo needs to know, or one error, for which Cargo then fails.
pub fn run() -> ExitCode {
    // First of all, because it holds for failures too.
    for variable in [EMBED_PATH, TARGET] {
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
            println!("cargo::error={error}");
            ExitCode::FAILURE
        }
    }
}

fn embed() -> Result<Outcome, Error> {
    let environment = Environment::from_process()?;
    plan(&environment)?.carry_out(&environment.out_dir)
}
