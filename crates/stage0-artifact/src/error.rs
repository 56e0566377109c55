//! What can go wrong with a stage0 on its way to being embedded or released.

use std::path::PathBuf;

use crate::{InspectError, SidecarError, TargetError};

/// Why a file is not the stage0, or the sidecar, that it should be.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read or written.
    #[error(transparent)]
    File(#[from] fastboop_files::Error),
    /// Its target cannot be determined.
    #[error("{}: {error}", path.display())]
    Target {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: TargetError,
    },
    /// It is not a stage0 for its target.
    #[error("{}: {error}", path.display())]
    Inspect {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: InspectError,
    },
    /// It is not a sidecar.
    #[error("{}: {error}", path.display())]
    Sidecar {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: SidecarError,
    },
    /// The files that it is built from cannot be determined.
    #[error("{}: cannot determine what stage0 is built from: {reason}", path.display())]
    Inputs {
        /// The manifest or another of those files.
        path: PathBuf,
        /// The cause.
        reason: String,
    },
}

impl Error {
    /// Whether there is no such file.
    pub fn is_missing(&self) -> bool {
        matches!(self, Error::File(error) if matches!(error.cause, fastboop_files::Cause::Missing))
    }
}
