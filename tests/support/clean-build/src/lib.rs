//! Builds in clean checkouts with a controlled environment, to verify what a build must not depend on.
//!
//! A [`BuildDir`] is the directory of one build and contains its checkout, HOME, TMPDIR, logs and Bazel's output. A [`BuildEnv`] sets
//! the user, locale, time zone, umask and file order. [`BuildDir::bazel_build`] runs the checkout's `tools/bazel` and
//! [`BuildDir::run`] any program, with no other environment variables than those of the `BuildEnv`. All build directories of a check
//! are in its [`WorkDir`].
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod bazel;
mod build_dir;
mod build_env;
mod command;
mod edit;
mod files;
mod script;
mod work_dir;

pub use bazel::BuildLogs;
pub use build_dir::BuildDir;
pub use build_env::BuildEnv;
pub use command::{read_tail, run};
pub use files::{FileOrder, Tmpfs};
pub use script::write_script;
pub use work_dir::WorkDir;

use std::io;
use std::path::PathBuf;

/// A failure to prepare or run a build.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory cannot be read, written or created.
    #[error("{path}: {cause}")]
    File {
        /// The file or directory.
        path: PathBuf,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// A program cannot be started.
    #[error("cannot start {program}: {cause}; is it installed?")]
    Start {
        /// The program, by path or by its name on PATH.
        program: String,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// A program failed.
    #[error("{command}: {status}; the last lines of {}:\n{tail}", log.display())]
    Failed {
        /// The command line.
        command: String,
        /// Its exit status.
        status: std::process::ExitStatus,
        /// The file with all of its output.
        log: PathBuf,
        /// The last lines of `log`.
        tail: String,
    },
    /// A tmpfs cannot be mounted.
    #[error("{path}: cannot mount a tmpfs: root is required")]
    Mount {
        /// The mount point.
        path: PathBuf,
    },
    /// The working directory exists already.
    #[error(
        "{path}: already exists: another check is running or was interrupted; delete it, or choose another directory with --work"
    )]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// A source file does not contain the line after which an edit is inserted.
    #[error("{path}: missing line {line:?}; change MAIN in tests/support/clean-build/src/edit.rs")]
    MissingMain {
        /// The source file.
        path: PathBuf,
        /// The line that the edit requires.
        line: &'static str,
    },
    /// A log of Bazel cannot be read.
    #[error(transparent)]
    Log(#[from] bazel_logs::Error),
}

impl Error {
    /// Adds a path to an I/O error, for `map_err`.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
        let path = path.into();
        move |cause| Error::File { path, cause }
    }
}
