//! Clean checkouts, and builds in them with surroundings of one's own: what a build must not depend on.
//!
//! A [`Place`] is a directory for one build: a checkout, HOME, TMPDIR, Bazel's output and its logs, all below it. [`Surroundings`] say
//! who builds there, in which language and time zone, with which umask and order of files. [`Place::build_well`] runs `tools/bazel` of that
//! checkout and [`Place::run_well`] any program, with nothing else in the environment than what is said here. All places of a check
//! are below its [`Work`].
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod bazel;
mod command;
mod edit;
mod files;
mod build_dir;
mod build_env;
mod work_dir;

pub use bazel::Build;
pub use command::{run, tail};
pub use files::{FileOrder, MemoryDisk};
pub use build_dir::Place;
pub use build_env::Surroundings;
pub use work_dir::Work;

use std::io;
use std::path::PathBuf;

/// A clean build that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory.
    #[error("{path}: {cause}")]
    File {
        /// Its path.
        path: PathBuf,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// A program that does not start.
    #[error("cannot start {program}: {cause}; is it installed?")]
    Start {
        /// Its name.
        program: String,
        /// The error of the operating system.
        cause: io::Error,
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
    /// A file system in memory that cannot be mounted.
    #[error("{path}: mounting a file system in memory takes root")]
    Mount {
        /// Where.
        path: PathBuf,
    },
    /// A directory to work in that is there already.
    #[error(
        "{path} exists: another check runs, or one was interrupted; delete it, or name another with --work"
    )]
    InUse {
        /// Where.
        path: PathBuf,
    },
    /// A source file that has changed too much to be edited.
    #[error("{path}: no line {line:?} to edit; change MAIN in tests/support/clean-build/src/edit.rs")]
    NoMain {
        /// The file.
        path: PathBuf,
        /// What is looked for in it.
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
        move |cause| Error::File { path, cause }
    }
}
