//! Which stage0 is to be embedded: decided from the environment, and from which files there are.

use std::ffi::OsStr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use stage0_artifact::{Target, inputs};

use crate::download::{Download, Limits, url};
use crate::environment::Environment;
use crate::error::Error;
use crate::nested::NestedBuild;
use crate::variables::{BASE_URL, CARGO, EMBED_PATH, PREFER, TARGET, TIMEOUT};

/// Where stage0's own source is, seen from the crate that embeds it.
const LOCAL_MANIFEST: &str = "../../stage0/Cargo.toml";

/// The digest of the released artifact, beside the crate that embeds it.
const SIDECAR: &str = "stage0-aarch64.sha256sum";

/// What the released artifact was built from, beside that.
const INPUTS: &str = "stage0-aarch64.inputs.sha256sum";

/// The only target whose releases are downloaded: there is one sidecar.
const DOWNLOADED: Target = Target::Aarch64;

/// What to embed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Mode 1: a file that was named.
    Path {
        /// The file.
        source: PathBuf,
        /// The requested target, if any; else the file's name decides.
        target: Option<Target>,
    },
    /// Mode 2: what a build of the source in this checkout makes.
    Nested {
        /// The build.
        nested: NestedBuild,
        /// Where the released artifact was preferred: the record that was not met.
        preferred: Option<PathBuf>,
    },
    /// Mode 3: the artifact of a release.
    Download {
        /// What to download.
        download: Download,
        /// Files that led to this choice.
        because: Vec<PathBuf>,
    },
    /// Nothing: only documentation is built, where there is neither a network nor a stage0.
    Nothing,
}

/// Decides what to embed. The first way that applies is taken; a variable that is set to nonsense
/// is an error and never a reason to try the next.
pub fn plan(environment: &Environment) -> Result<Plan, Error> {
    let target = match set(TARGET, environment.target.as_deref())? {
        Some(triple) => Some(triple.to_string_lossy().parse().map_err(Error::Target)?),
        None => None,
    };
    let prefer = match set(PREFER, environment.prefer.as_deref())? {
        Some(value) if value == "prebuilt" => true,
        Some(value) => return Err(Error::Prefer(value.to_owned())),
        None => false,
    };
    if let Some(path) = set(EMBED_PATH, environment.embed_path.as_deref())? {
        // An absolute path stays what it is.
        let source = environment.manifest_dir.join(path);
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
            let mut because = inputs::files(&manifest).map_err(Error::Inputs)?;
            because.push(record);
            let download = download(environment)?;
            return Ok(Plan::Download { download, because });
        }
        let preferred = prefer.then_some(record);
        let nested = nested(environment, manifest, target)?;
        return Ok(Plan::Nested { nested, preferred });
    }
    if target != DOWNLOADED {
        return Err(Error::NoSource { manifest, target });
    }
    Ok(Plan::Download {
        download: download(environment)?,
        because: Vec::new(),
    })
}

/// Where stage0's manifest is in a checkout; in a package from a registry it is not there.
fn local_manifest(manifest_dir: &Path) -> PathBuf {
    let path = manifest_dir.join(LOCAL_MANIFEST);
    // Without the `..`, where possible: it is read by people and compared by Cargo.
    path.canonicalize().unwrap_or(path)
}

fn nested(
    environment: &Environment,
    manifest: PathBuf,
    target: Target,
) -> Result<NestedBuild, Error> {
    let cargo = match set(CARGO, environment.cargo.as_deref())? {
        // A bare name is looked for in PATH; a relative path counts from here like any other.
        Some(name) if Path::new(name).components().count() > 1 => {
            environment.manifest_dir.join(name)
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

fn download(environment: &Environment) -> Result<Download, Error> {
    let base = set(BASE_URL, environment.base_url.as_deref())?;
    let url = url::asset(
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
        limits: limits(environment)?,
    })
}

fn limits(environment: &Environment) -> Result<Limits, Error> {
    let Some(value) = set(TIMEOUT, environment.timeout.as_deref())? else {
        return Ok(Limits::default());
    };
    let seconds = value.to_str().and_then(|text| text.parse().ok());
    let seconds: NonZeroU32 = seconds.ok_or_else(|| Error::Timeout(value.to_owned()))?;
    Ok(Limits::with_total(Duration::from_secs(
        seconds.get().into(),
    )))
}

/// The value of a variable; one that is set to nothing is most likely a slip in a script.
fn set<'a>(name: &'static str, value: Option<&'a OsStr>) -> Result<Option<&'a OsStr>, Error> {
    match value {
        Some(value) if value.is_empty() => Err(Error::EmptyVariable(name)),
        value => Ok(value),
    }
}

#[cfg(test)]
mod tests;
