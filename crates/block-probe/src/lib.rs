//! Recognizes the content of a block device from its first bytes: file systems, partition tables, and
//! other formats.
//!
//! The caller reads the device. The bytes are untrusted input: nothing panics, and what is not
//! recognized is `None`.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

pub mod bytes;
mod gpt;
mod gpt_header;
mod mbr;
mod mbr_table;
mod superblock;
mod uuid;

pub use gpt::{GptEntries, GptEntry};
pub use gpt_header::{GptHeader, GptPartition};
pub use mbr::{is_protective_mbr, mbr_partition_uuid};
pub use mbr_table::{MbrEntry, mbr_entries, mbr_signature};
pub use superblock::{Content, PROBE_SIZE, Superblock, probe};
