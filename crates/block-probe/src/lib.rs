//! What is on a block device, from its first bytes.
//!
//! Reading a device is up to the caller; here are only bytes, which may be anything: nothing panics,
//! and what is not understood is not found.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod bytes;
mod gpt;
mod mbr;
mod superblock;
mod uuid;

pub use gpt::{GptEntries, GptEntry};
pub use mbr::mbr_partition_uuid;
pub use superblock::{Content, PROBE_SIZE, Superblock, probe};
