//! Digests of files, checksum files, and atomic writes.
//!
//! - [`file`]: reads a whole file of bounded size, and replaces a file as a whole or not at all;
//! - [`Sha256Digest`]: a SHA-256 digest, parsed and printed;
//! - [`Sums`]: `SHA256SUMS`, the checksum file of a release, whose entries are [`FileName`]s.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod digest;
mod error;
pub mod file;
mod file_name;
mod sums;

pub use digest::{ParseDigestError, Sha256Digest};
pub use error::{Cause, Error};
pub use file_name::{FileName, FileNameError};
pub use sums::{LineError, SUMS_NAME, Sums, SumsError};
