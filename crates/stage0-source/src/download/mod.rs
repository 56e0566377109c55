//! Mode 3: obtains the stage0 of a release, from the network or from the cache of earlier downloads.
//!
//! A file from the network or the cache is used only if its SHA-256 digest is that of the sidecar,
//! which is part of the crate that embeds stage0.

pub mod asset_url;
mod authorities;
mod cache;
mod fetch;
mod limits;
mod proxy;
mod redirect;
mod url;

use std::path::PathBuf;

use fastboop_files::Sha256Digest;
use stage0_artifact::{Artifact, InspectError, Target, sidecar};

pub use asset_url::UrlError;
pub use fetch::{FetchError, fetch};
pub use limits::Limits;
pub use url::{InvalidUrl, Url};

/// The configuration of a download of a release asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The URL of the asset.
    pub url: Url,
    /// The file with the expected digest of the asset.
    pub sidecar: PathBuf,
    /// The cache directory. With `None`, every build downloads the asset.
    pub cache: Option<PathBuf>,
    /// The target of the asset.
    pub target: Target,
    /// The limits of the download.
    pub limits: Limits,
}

/// A release asset that passed all checks.
#[derive(Debug)]
pub struct Asset {
    /// The content of the asset.
    pub bytes: Vec<u8>,
    /// The properties of the asset.
    pub artifact: Artifact,
    /// The origin of the bytes.
    pub origin: Origin,
    /// Problems with the cache, which did not prevent the download.
    pub warnings: Vec<String>,
}

/// The origin of an asset's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The asset was downloaded by this call.
    Network,
    /// The asset was read from this file in the cache.
    Cache(PathBuf),
}

/// The reason why a release asset could not be obtained.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The sidecar does not exist, so the asset could not be verified.
    #[error("{}: no such file: the digest of this version's stage0 is required for a download; use the package of a release", _0.display())]
    NoSidecar(PathBuf),
    /// The sidecar cannot be read or parsed.
    #[error(transparent)]
    Sidecar(stage0_artifact::Error),
    /// The asset could not be downloaded.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The digest of the downloaded file differs from that in the sidecar.
    #[error("{url}: SHA-256 mismatch: expected {expected} (from {}), got {found}; the download was discarded", sidecar.display())]
    OtherDigest {
        /// The URL of the downloaded file.
        url: String,
        /// The digest of the downloaded file.
        found: Sha256Digest,
        /// The digest in the sidecar.
        expected: Sha256Digest,
        /// The path of the sidecar.
        sidecar: PathBuf,
    },
    /// The digest matches, but the file is not a valid stage0 for the target.
    #[error("{0}: {1}")]
    Inspect(String, InspectError),
}

impl Download {
    /// Reads the asset from the cache or downloads it, and checks it.
    pub fn obtain(&self) -> Result<Asset, Failure> {
        let expected = sidecar::read(&self.sidecar, self.target).map_err(|error| {
            if error.is_missing() {
                Failure::NoSidecar(self.sidecar.clone())
            } else {
                Failure::Sidecar(error)
            }
        })?;
        let entry = self
            .cache
            .as_deref()
            .map(|cache| cache::entry_path(cache, expected));
        let mut warnings = Vec::new();
        if let Some(path) = &entry {
            match cache::read(path, expected) {
                Ok(Some(bytes)) => {
                    return self.inspect(bytes, Origin::Cache(path.clone()), warnings);
                }
                Ok(None) => {}
                Err(error) => warnings.push(format!("cached stage0 is downloaded again: {error}")),
            }
        }
        let bytes = fetch(&self.url, &self.limits)?;
        let found = Sha256Digest::compute(&bytes);
        if found != expected {
            return Err(Failure::OtherDigest {
                url: self.url.to_string(),
                found,
                expected,
                sidecar: self.sidecar.clone(),
            });
        }
        let mut asset = self.inspect(bytes, Origin::Network, warnings)?;
        if let Some(path) = &entry {
            // The build succeeds even if the cache cannot be written.
            let warning = cache::write(path, &asset.bytes)
                .err()
                .map(|error| format!("cannot cache the download: {error}"));
            asset.warnings.extend(warning);
        }
        Ok(asset)
    }

    fn inspect(
        &self,
        bytes: Vec<u8>,
        origin: Origin,
        warnings: Vec<String>,
    ) -> Result<Asset, Failure> {
        let artifact = Artifact::inspect(&bytes, Some(self.target))
            .map_err(|error| Failure::Inspect(self.url.to_string(), error))?;
        Ok(Asset {
            bytes,
            artifact,
            origin,
            warnings,
        })
    }
}
