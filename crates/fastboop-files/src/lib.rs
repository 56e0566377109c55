//! Digests of files, checksum files, and atomic writes.
//!
//! A release lists the SHA-256 digest of each of its files in a checksum file, `SHA256SUMS`. The programs
//! that write, verify and download these files use this crate, so they accept and reject the same ones.
//! All content that is read is untrusted input.
//!
//! ```
//! use fastboop_files::{FileName, Sha256Digest, Sums};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut sums = Sums::default();
//! sums.insert(FileName::new("stage0")?, Sha256Digest::compute(b"abc"));
//! let list = sums.to_bytes();
//! assert!(list.ends_with(b"  stage0\n"));
//! assert_eq!(Sums::parse(&list)?, sums);
//! # Ok(())
//! # }
//! ```
//!
//! - [`file`]: opens and reads regular files, and replaces a file atomically;
//! - [`Sha256Digest`]: a SHA-256 digest, parsed and printed;
//! - [`Sums`]: the content of a checksum file, whose entries are [`FileName`]s.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod digest;
mod error;
pub mod file;
mod file_name;
mod sums;

pub use digest::{ParseDigestError, Sha256Digest};
pub use error::{Cause, Error, LineError, SumsError};
pub use file_name::{FileName, FileNameError};
pub use sums::{SUMS_NAME, Sums};
