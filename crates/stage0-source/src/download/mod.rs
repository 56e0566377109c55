//! Mode 3: the stage0 of a release, from the network or from what was downloaded earlier.
//!
//! Whatever comes over the network or lies in the cache is believed only if it has the digest that
//! is checked in beside the crate: the sidecar.

mod cache;
mod fetch;
pub mod url;

use std::path::PathBuf;

use fastboop_files::Sha256Digest;
use stage0_artifact::{Artifact, InspectError, Target, sidecar};

pub use fetch::{FetchError, Limits, fetch};
pub use url::UrlError;

/// A release asset to be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// Where it is.
    pub url: String,
    /// The file with its digest.
    pub sidecar: PathBuf,
    /// The directory for what was downloaded. Without one everything is downloaded again.
    pub cache: Option<PathBuf>,
    /// What it is for.
    pub target: Target,
    /// How long it may take.
    pub limits: Limits,
}

/// A release asset that is what it should be.
#[derive(Debug)]
pub struct Asset {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it is.
    pub artifact: Artifact,
    /// Where it came from.
    pub origin: Origin,
    /// What was wrong with the cache; the artifact was downloaded all the same.
    pub warnings: Vec<String>,
}

/// Where bytes came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// From the network just now.
    Network,
    /// From this file in the cache.
    Cache(PathBuf),
}

/// Why there is no release asset.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// There is no digest to check it against.
    #[error("{}: no such file; it holds the digest of the stage0 of this version's release, without which none is downloaded. Take the package of a release", _0.display())]
    NoSidecar(PathBuf),
    /// The digest cannot be read.
    #[error(transparent)]
    Sidecar(stage0_artifact::Error),
    /// It could not be downloaded.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// Something else was downloaded.
    #[error("{url}: SHA-256 mismatch: expected {expected} (from {}), got {found}; the file was not kept", sidecar.display())]
    OtherDigest {
        /// Where it was.
        url: String,
        /// The digest of what was downloaded.
        found: Sha256Digest,
        /// The digest that was expected.
        expected: Sha256Digest,
        /// The sidecar with the expected digest.
        sidecar: PathBuf,
    },
    /// It is the file that was released, but no stage0.
    #[error("{0}: {1}")]
    Inspect(String, InspectError),
}

impl Download {
    /// Takes it from the cache or downloads it, and checks it.
    pub fn obtain(&self) -> Result<Asset, Failure> {
        let expected = sidecar::read(&self.sidecar).map_err(|error| {
            if error.is_missing() {
                Failure::NoSidecar(self.sidecar.clone())
            } else {
                Failure::Sidecar(error)
            }
        })?;
        let entry = self
            .cache
            .as_deref()
            .map(|cache| cache::entry(cache, expected));
        let mut warnings = Vec::new();
        if let Some(path) = &entry {
            match cache::read(path, expected) {
                Ok(Some(bytes)) => {
                    return self.inspect(bytes, Origin::Cache(path.clone()), warnings);
                }
                Ok(None) => {}
                Err(error) => warnings.push(format!("{error}. It is downloaded again")),
            }
        }
        let bytes = fetch(&self.url, &self.limits)?;
        let found = Sha256Digest::compute(&bytes);
        if found != expected {
            return Err(Failure::OtherDigest {
                url: self.url.clone(),
                found,
                expected,
                sidecar: self.sidecar.clone(),
            });
        }
        let mut obtained = self.inspect(bytes, Origin::Network, warnings)?;
        if let Some(path) = &entry {
            // A cache that cannot be written is not a reason to fail the build.
            let kept = cache::write(path, &obtained.bytes);
            let warning = kept
                .err()
                .map(|error| format!("not kept for the next build: {error}"));
            obtained.warnings.extend(warning);
        }
        Ok(obtained)
    }

    fn inspect(
        &self,
        bytes: Vec<u8>,
        origin: Origin,
        warnings: Vec<String>,
    ) -> Result<Asset, Failure> {
        let artifact = Artifact::inspect(&bytes, Some(self.target))
            .map_err(|error| Failure::Inspect(self.url.clone(), error))?;
        Ok(Asset {
            bytes,
            artifact,
            origin,
            warnings,
        })
    }
}
