//! The errors of reading, checking and copying a stage0 artifact.

use std::path::PathBuf;

use fastboop_files::{Cause, ParseDigestError};

use crate::{InspectError, Target, TargetError};

/// An error about a stage0 artifact, its sidecar or its inputs. Prints its cause; has no `source`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] fastboop_files::Error),
    /// The target of the artifact cannot be determined.
    #[error("{}: {error}", path.display())]
    Target {
        /// The path of the artifact.
        path: PathBuf,
        /// The cause.
        error: TargetError,
    },
    /// The file is not a stage0 for its target.
    #[error("{}: {error}", path.display())]
    Inspect {
        /// The path of the file.
        path: PathBuf,
        /// The cause.
        error: InspectError,
    },
    /// The file is not a valid sidecar.
    #[error("{}: {error}", path.display())]
    Sidecar {
        /// The path of the sidecar.
        path: PathBuf,
        /// The cause.
        error: SidecarError,
    },
    /// The inputs of stage0 cannot be determined.
    #[error("{}: cannot determine the inputs of stage0: {reason}", path.display())]
    Inputs {
        /// The path of the manifest, source file or directory that cannot be read.
        path: PathBuf,
        /// The cause.
        reason: String,
    },
}

impl Error {
    /// Whether the cause is that the file does not exist.
    pub fn is_missing(&self) -> bool {
        matches!(self, Error::File(error) if matches!(error.cause, Cause::Missing))
    }
}

/// The error for an invalid sidecar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SidecarError {
    /// The file contains only white space.
    #[error("no digest in the file; write it with `stage0-checksums write-sidecar`")]
    Empty,
    /// The first token is not a digest.
    #[error("{0}; write it with `stage0-checksums write-sidecar`")]
    Digest(ParseDigestError),
    /// Two lines contain different digests for the same name.
    #[error("different digests on several lines; write it with `stage0-checksums write-sidecar`")]
    Ambiguous,
    /// The sidecar belongs to the artifact for another target, according to its name or content.
    #[error(
        "target mismatch: the sidecar is for {found}, the artifact for {target}; name the sidecar of {target}"
    )]
    OtherTarget {
        /// The target in the name or the content of the sidecar.
        found: Target,
        /// The target of the artifact.
        target: Target,
    },
}
