//! Validates and describes stage0 artifacts.
//!
//! stage0 is the program that fastboop boots a device with: it runs as PID 1 in an initramfs, without a
//! dynamic loader or libraries. A stage0 artifact is the file of that program for one target. Cargo and
//! Bazel embed it in fastboop, and releases publish it as an asset. All of them use this crate to check
//! that the file is complete, static and for the right machine, so they accept and reject the same files.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use stage0_artifact::{Target, read_artifact};
//!
//! # fn main() -> Result<(), stage0_artifact::Error> {
//! // Without an explicit target, the file name determines it.
//! let path = Path::new("fastboop-stage0-aarch64-unknown-linux-musl");
//! let (artifact, bytes) = read_artifact(path, None)?;
//! assert_eq!(artifact.target, Target::Aarch64);
//! assert_eq!(artifact.size, bytes.len() as u64);
//! println!("{}: {}, SHA-256 {}", path.display(), artifact.linkage, artifact.sha256);
//! # Ok(())
//! # }
//! ```
//!
//! - [`Target`]: the targets that stage0 is built for, and the names of its release assets;
//! - [`Artifact`]: checks a file and describes it;
//! - [`prepare()`]: checks a file and copies it, as the build systems do to embed it;
//! - [`elf`]: checks that a file is a static program for a target;
//! - [`checks`]: the checks that an artifact must pass before it is released;
//! - [`metadata`]: the name, version and target in the artifact's package metadata note;
//! - [`sidecar`]: the file with the expected digest of a downloaded artifact;
//! - [`inputs`]: the files that stage0 is built from, and their digest.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod artifact;
pub mod checks;
pub mod elf;
mod error;
pub mod inputs;
pub mod metadata;
mod prepare;
pub mod sidecar;
mod target;

pub use artifact::{Artifact, InspectError};
pub use error::{Error, SidecarError};
pub use prepare::{prepare, read_artifact, read_release_artifact};
pub use target::{Target, TargetError};
