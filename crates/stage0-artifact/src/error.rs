//! What can go wrong with a stage0 on its way to being embedded or released.

use std::path::PathBuf;

use fastboop_files::{Cause, ParseDigestError};

use crate::{InspectError, TargetError};

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
        matches!(self, Error::File(error) if matches!(error.cause, Cause::Missing))
    }
}

/// Why some bytes are not a sidecar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SidecarError {
    /// There is no token.
    #[error("holds no digest; write it with `stage0-checksums write-sidecar`")]
    Empty,
    /// The first token is something else.
    #[error("{0}; write it with `stage0-checksums write-sidecar`")]
    Digest(ParseDigestError),
}
