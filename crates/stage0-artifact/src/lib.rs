//! What a fastboop stage0 artifact is.
//!
//! stage0 is the program that fastboop boots a device with. Wherever its file changes hands (a
//! Cargo build, a Bazel build, a release) the same questions come up: which machine is it for, is
//! it complete, does it really need nothing else to run. They are answered here, once:
//!
//! - [`Target`]: the machines stage0 is built for, and the names of its release assets;
//! - [`elf`]: the check that a file is a static program for a target;
//! - [`checks`]: all that can be known of an artifact before a release, check by check;
//! - [`metadata`]: the name and version that a stage0 carries in itself;
//! - [`Artifact`]: all that is known of one file;
//! - [`prepare()`]: from a file somebody named to a checked copy, ready to be embedded;
//! - [`sidecar`]: the digest that is checked in beside the code that downloads it;
//! - [`inputs`]: the files that it is built from, and their digest.
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
pub use prepare::{prepare, read_artifact};
pub use target::{Target, TargetError};
