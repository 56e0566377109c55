//! Decides which stage0 to embed, from the environment and the files that exist.

use std::ffi::OsStr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use stage0_artifact::{Target, inputs};

use crate::download::{Download, Limits, asset_url};
use crate::environment::Environment;
use crate::error::Error;
use crate::nested::NestedBuild;
use crate::variables::{BASE_URL, CARGO, EMBED_PATH, PREFER, TARGET, TIMEOUT};

/// The manifest of stage0 in a checkout, relative to the crate that embeds stage0.
const LOCAL_MANIFEST: &str = "../../stage0/Cargo.toml";

/// The file with the digest of the released artifact, in the crate that embeds stage0.
const SIDECAR: &str = "stage0-aarch64.sha256sum";

/// The file with the digest of the released artifact's inputs, in the crate that embeds stage0.
const INPUTS: &str = "stage0-aarch64.inputs.sha256sum";

/// The only target whose release asset is downloaded: only this one has a sidecar.
const DOWNLOADED: Target = Target::Aarch64;

/// The stage0 to embed, and how to obtain it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Mode 1: the file that the user named.
    Path {
        /// The path of the file.
        source: PathBuf,
        /// The requested target. `None` lets the file name determine it.
        target: Option<Target>,
    },
    /// Mode 2: the result of a nested build of the source in this checkout.
    Nested {
        /// The build to run.
        nested: NestedBuild,
        /// The record of the release's inputs, if the user prefers the release but the record does not
        /// match the source.
        unmatched_record: Option<PathBuf>,
    },
    /// Mode 3: the asset of a release.
    Download {
        /// The asset to download.
        download: Download,
        /// The files that this decision depends on, which Cargo has to track.
        inputs: Vec<PathBuf>,
    },
    /// No stage0: only documentation is built, with neither a network nor a stage0.
    Nothing,
}

/// Decides which stage0 to embed: the first mode that applies. An invalid value of a variable is an
/// error, not a reason to try the next mode.
pub fn plan(environment: &Environment) -> Result<Plan, Error> {
    let target = match non_empty(TARGET, environment.target.as_deref())? {
        Some(triple) => Some(triple.to_string_lossy().parse().map_err(Error::Target)?),
        None => None,
    };
    let prefer = match non_empty(PREFER, environment.prefer.as_deref())? {
        Some(value) if value == "prebuilt" => true,
        Some(value) => return Err(Error::Prefer(value.to_owned())),
        None => false,
    };
    if let Some(path) = non_empty(EMBED_PATH, environment.embed_path.as_deref())? {
        let source = environment.resolve(EMBED_PATH, Path::new(path))?;
        return Ok(Plan::Path { source, target });
    }
    if environment.docs_rs.is_some() {
        return Ok(Plan::Nothing);
    }

    let target = target.unwrap_or(Target::DEFAULT);
    let manifest = local_manifest(&environment.manifest_dir);
    if manifest.is_file() {
        let record = environment.manifest_dir.join(INPUTS);
        let is_unchanged = || inputs::is_unchanged(&manifest, &record).map_err(Error::Inputs);
        if prefer && target == DOWNLOADED && is_unchanged()? {
            let mut inputs = inputs::files(&manifest).map_err(Error::Inputs)?;
            inputs.push(record);
            let download = configure_download(environment)?;
            return Ok(Plan::Download { download, inputs });
        }
        let unmatched_record = prefer.then_some(record);
        let nested = configure_build(environment, manifest, target)?;
        return Ok(Plan::Nested {
            nested,
            unmatched_record,
        });
    }
    if target != DOWNLOADED {
        return Err(Error::NoSource { manifest, target });
    }
    Ok(Plan::Download {
        download: configure_download(environment)?,
        inputs: Vec::new(),
    })
}

/// The path of stage0's manifest in a checkout. It does not exist in a package from a registry.
fn local_manifest(manifest_dir: &Path) -> PathBuf {
    let path = manifest_dir.join(LOCAL_MANIFEST);
    // Resolves the `..` if possible: messages show the path, and Cargo compares it with others.
    path.canonicalize().unwrap_or(path)
}

fn configure_build(
    environment: &Environment,
    manifest: PathBuf,
    target: Target,
) -> Result<NestedBuild, Error> {
    let cargo = match non_empty(CARGO, environment.cargo.as_deref())? {
        // A bare name is looked up in PATH; a relative path refers to the manifest directory.
        Some(name) if Path::new(name).components().count() > 1 => {
            environment.resolve(CARGO, Path::new(name))?
        }
        Some(name) => name.into(),
        None => environment
            .outer_cargo
            .as_deref()
            .unwrap_or(OsStr::new("cargo"))
            .into(),
    };
    Ok(NestedBuild {
        cargo,
        manifest,
        target,
        out_dir: environment.out_dir.clone(),
        cargo_home: environment.cargo_home(),
    })
}

fn configure_download(environment: &Environment) -> Result<Download, Error> {
    let base = non_empty(BASE_URL, environment.base_url.as_deref())?;
    let url = asset_url::asset_url(
        base.map(OsStr::to_string_lossy).as_deref(),
        environment
            .repository
            .as_deref()
            .map(OsStr::to_string_lossy)
            .as_deref(),
        &environment.version.to_string_lossy(),
        DOWNLOADED,
    )
    .map_err(Error::Url)?;
    Ok(Download {
        url,
        sidecar: environment.manifest_dir.join(SIDECAR),
        cache: environment.cache_dir(),
        target: DOWNLOADED,
        limits: read_limits(environment)?,
    })
}

fn read_limits(environment: &Environment) -> Result<Limits, Error> {
    let Some(value) = non_empty(TIMEOUT, environment.timeout.as_deref())? else {
        return Ok(Limits::default());
    };
    let seconds = value.to_str().and_then(|text| text.parse().ok());
    let seconds: NonZeroU32 = seconds.ok_or_else(|| Error::Timeout(value.to_owned()))?;
    Ok(Limits::with_total(Duration::from_secs(
        seconds.get().into(),
    )))
}

/// Rejects the value of the variable `name` if it is empty, which is most likely a mistake in a script.
fn non_empty<'a>(name: &'static str, value: Option<&'a OsStr>) -> Result<Option<&'a OsStr>, Error> {
    match value {
        Some(value) if value.is_empty() => Err(Error::EmptyVariable(name)),
        value => Ok(value),
    }
}

#[cfg(test)]
mod tests;
