//! Reads and compares the logs that Bazel writes about a build.
//!
//! - [`execution`]: the execution log: every action that ran or came from a cache, with everything in its cache key.
//! - [`comparison`]: the differences between two actions, and why an action did not come from the cache.
//! - [`events`]: the build events: how long the build took.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

pub mod comparison;
pub mod events;
pub mod execution;

/// A log that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be opened.
    #[error("{path}: {cause}; did the build start?")]
    Open {
        /// The path of the log.
        path: String,
        /// The error of the operating system.
        cause: std::io::Error,
    },
    /// The file is not what Bazel writes.
    #[error("{path}: not a log of Bazel 7 or later in JSON: {cause}")]
    Parse {
        /// The path of the log.
        path: String,
        /// Where and how the file differs from the format.
        cause: serde_json::Error,
    },
    /// The file is incomplete.
    #[error("{path}: no {what}; was the build interrupted?")]
    Missing {
        /// The path of the log.
        path: String,
        /// The missing part.
        what: &'static str,
    },
}
