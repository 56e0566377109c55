//! Clean checkouts, and Bazel in them with surroundings of one's own: what a build must not depend on.
//!
//! A [`Place`] is a directory for one build: a checkout, HOME, TMPDIR, Bazel's output and its logs, all below it. [`Surroundings`] say
//! who builds there and in which language and time zone. [`Place::bazel`] runs `tools/bazel` of that checkout, with nothing else in the
//! environment than what is said here.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod command;
mod edit;
mod place;
mod surroundings;

pub use place::{Build, Place};
pub use surroundings::Surroundings;

use std::io;
use std::path::PathBuf;

/// A clean build that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory.
    #[error("{path}: {source}")]
    File {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program that does not start.
    #[error("cannot start {program}: {source}; is it installed?")]
    Start {
        /// Its name.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// A program that fails.
    #[error("{command} ended with {status}; the last lines of {}:\n{tail}", log.display())]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: std::process::ExitStatus,
        /// All that it said.
        log: PathBuf,
        /// The end of it.
        tail: String,
    },
    /// A source file that cannot be edited.
    #[error("{}: has no line {line:?} to edit; crates/clean-build/src/edit.rs names it", path.display())]
    NoMain {
        /// Which.
        path: PathBuf,
        /// The line.
        line: &'static str,
    },
    /// A log of Bazel's.
    #[error(transparent)]
    Log(#[from] bazel_logs::Error),
}

impl Error {
    /// For `map_err`: what went wrong with a path.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
        let path = path.into();
        move |source| Error::File { path, source }
    }
}
