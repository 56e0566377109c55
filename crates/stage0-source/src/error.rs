//! The error type of the build script.

use std::ffi::OsString;
use std::path::PathBuf;

use stage0_artifact::Target;

use crate::variables::{BASE_URL, EMBED_PATH, PREFER, TARGET, TIMEOUT};
use crate::{download, nested};

/// The reason why no stage0 can be embedded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No mode applies: no file is set, the source is missing, and the target is not released.
    #[error(
        "{EMBED_PATH}: required for {target}: {} does not exist, and only \
         aarch64-unknown-linux-musl can be downloaded; set it to a stage0 for {target}",
        manifest.display()
    )]
    NoSource {
        /// The manifest of stage0 that was expected in a checkout.
        manifest: PathBuf,
        /// The requested target.
        target: Target,
    },
    /// A variable is set to an empty value.
    #[error("{0}: set but empty; set a value or unset it")]
    EmptyVariable(&'static str),
    /// A relative path does not exist in the package's directory, from which it counts, but elsewhere.
    #[error(
        "{variable}: {}: no such file: a relative path starts at {}; set it to {}",
        path.display(), start.display(), found.display()
    )]
    RelativePath {
        /// The variable with the path.
        variable: &'static str,
        /// The relative path.
        path: PathBuf,
        /// The directory from which it counts.
        start: PathBuf,
        /// The absolute path of the file that is most likely meant.
        found: PathBuf,
    },
    /// A variable that Cargo sets for build scripts is missing.
    #[error("{0}: not set; run this build script through Cargo")]
    MissingVariable(&'static str),
    /// The value of `FASTBOOP_STAGE0_TARGET` is not a target of stage0.
    #[error("{TARGET}: {0}")]
    Target(stage0_artifact::TargetError),
    /// The value of `FASTBOOP_STAGE0_PREFER` is not `prebuilt`.
    #[error("{PREFER}: {0:?} is not a valid value; set it to `prebuilt` or unset it")]
    Prefer(OsString),
    /// The value of `FASTBOOP_STAGE0_TIMEOUT` is not a positive whole number of seconds.
    #[error(
        "{TIMEOUT}: {0:?} is not a whole number of seconds from 1 to {max}; correct or unset it",
        max = u32::MAX
    )]
    Timeout(OsString),
    /// The file that `FASTBOOP_STAGE0_EMBED_PATH` names is not a valid stage0.
    #[error("{EMBED_PATH}: {0}")]
    Artifact(stage0_artifact::Error),
    /// The nested build failed.
    #[error(transparent)]
    Nested(#[from] nested::Failure),
    /// The nested build succeeded, but its result is not a valid stage0.
    #[error("stage0 built from source: {error}; read the build log {}", log.display())]
    BuildOutput {
        /// The failed check.
        error: stage0_artifact::Error,
        /// The file with the output of Cargo.
        log: PathBuf,
    },
    /// The URL of the release asset is invalid or not secure.
    #[error("{0}; see {BASE_URL} in docs/cargo.md, or set {EMBED_PATH} to a stage0")]
    Url(download::UrlError),
    /// The release asset could not be downloaded or is not valid.
    #[error("{0}; to build without a download, set {EMBED_PATH} to a stage0")]
    Download(download::Failure),
    /// The checked copy in `OUT_DIR` could not be written.
    #[error(transparent)]
    File(#[from] fastboop_files::Error),
    /// The input files of stage0, or the recorded digest of the release's inputs, cannot be read.
    #[error(transparent)]
    Inputs(stage0_artifact::Error),
    /// A path cannot be passed to Cargo, whose build script protocol is UTF-8 text in lines.
    #[error(
        "{0:?}: Cargo requires a UTF-8 path without line breaks; rename the file or its directory"
    )]
    UnsupportedPath(PathBuf),
}
