//! The error of this crate.

use std::ffi::OsString;
use std::path::PathBuf;

use stage0_artifact::Target;

use crate::variables::{BASE_URL, EMBED_PATH, PREFER, TARGET, TIMEOUT};
use crate::{download, nested};

/// Why there is no stage0 to embed, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// None of the ways applies.
    #[error(
        "{EMBED_PATH} is required: set it to a stage0 for {target}. There is no source to build one \
         from ({} does not exist), and only aarch64-unknown-linux-musl is downloaded", manifest.display()
    )]
    NoSource {
        /// The manifest that would have been built.
        manifest: PathBuf,
        /// The requested target.
        target: Target,
    },
    /// A variable is set to an empty value.
    #[error("{0} is set but empty; name a value or unset it")]
    EmptyVariable(&'static str),
    /// A variable that Cargo sets for build scripts is missing.
    #[error("{0} is not set; this build script is run by Cargo")]
    NotCargo(&'static str),
    /// The target's variable holds something else.
    #[error("{TARGET}: {0}")]
    Target(stage0_artifact::TargetError),
    /// There is one thing to prefer.
    #[error("{PREFER}: {0:?} is not known; set it to `prebuilt` or unset it")]
    Prefer(OsString),
    /// The time limit is none.
    #[error("{TIMEOUT}: {0:?} is not a number of whole seconds, 1 or more")]
    Timeout(OsString),
    /// The named file cannot be embedded.
    #[error("{EMBED_PATH}: {0}")]
    Artifact(stage0_artifact::Error),
    /// The nested build failed.
    #[error(transparent)]
    Nested(#[from] nested::Failure),
    /// The nested build made something that cannot be embedded.
    #[error("stage0 was built from source, but: {error}; the build's log is {}", log.display())]
    BuildOutput {
        /// What is wrong with it.
        error: stage0_artifact::Error,
        /// The output of Cargo.
        log: PathBuf,
    },
    /// The address of the release is none.
    #[error("{0}; see {BASE_URL} in docs/cargo.md, or set {EMBED_PATH} to a stage0")]
    Url(download::UrlError),
    /// The release could not be had.
    #[error("{0}; to do without the download, set {EMBED_PATH} to a stage0")]
    Download(download::Failure),
    /// The checked copy could not be written.
    #[error(transparent)]
    File(#[from] fastboop_files::Error),
    /// The inputs of stage0, or the record of those of the released one, cannot be read.
    #[error(transparent)]
    Inputs(stage0_artifact::Error),
    /// A path would break Cargo's line-based protocol.
    #[error("{0:?}: not a path in UTF-8 on one line, as Cargo requires; use another directory")]
    OddPath(PathBuf),
}
