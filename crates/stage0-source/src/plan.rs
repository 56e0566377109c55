//! Which stage0 is to be embedded: decided from the environment, and from which files there are.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use stage0_artifact::Target;

use crate::download::{Download, url};
use crate::nested::Nested;
use crate::{BASE_URL, CARGO, EMBED_PATH, Environment, Error, PREFER, TARGET, prebuilt};

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
        /// What it is for, when that was said; else its name tells.
        target: Option<Target>,
    },
    /// Mode 2: what a build of the source in this checkout makes.
    Nested {
        /// The build.
        nested: Nested,
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
        Some(triple) => Some(triple.to_string_lossy().parse()?),
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
        if prefer && target == DOWNLOADED && prebuilt::is_unchanged(&manifest, &record)? {
            let mut because = prebuilt::inputs(&manifest)?;
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

fn nested(environment: &Environment, manifest: PathBuf, target: Target) -> Result<Nested, Error> {
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
    Ok(Nested {
        cargo,
        manifest,
        target,
        out_dir: environment.out_dir.clone(),
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
    )?;
    Ok(Download {
        url,
        sidecar: environment.manifest_dir.join(SIDECAR),
        cache: environment.cache_dir(),
        target: DOWNLOADED,
    })
}

/// The value of a variable; one that is set to nothing is most likely a slip in a script.
fn set<'a>(name: &'static str, value: Option<&'a OsStr>) -> Result<Option<&'a OsStr>, Error> {
    match value {
        Some(value) if value.is_empty() => Err(Error::EmptyVariable(name)),
        value => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    /// A directory with the crate in it, and stage0's source where `has_source`.
    fn tree(has_source: bool) -> (TempDir, Environment) {
        let dir = tempfile::tempdir().unwrap();
        let manifest_dir = dir.path().join("crates/generator");
        fs::create_dir_all(&manifest_dir).unwrap();
        if has_source {
            fs::create_dir(dir.path().join("stage0")).unwrap();
            fs::write(dir.path().join("stage0/Cargo.toml"), "[package]").unwrap();
        }
        let environment = Environment {
            manifest_dir,
            version: "1.2.3".into(),
            out_dir: "/out".into(),
            ..Environment::default()
        };
        (dir, environment)
    }

    fn fails(environment: &Environment) -> String {
        plan(environment).unwrap_err().to_string()
    }

    #[test]
    fn a_file_comes_first_and_relative_paths_count_from_the_manifest() {
        for (path, expected) in [("a/b", "crates/generator/a/b"), ("/a/b", "/a/b")] {
            let (dir, environment) = tree(true);
            let environment = Environment {
                embed_path: Some(path.into()),
                docs_rs: Some("1".into()),
                ..environment
            };
            let source = dir.path().join(expected);
            let target = None;
            assert_eq!(plan(&environment).unwrap(), Plan::Path { source, target });
        }
    }

    #[test]
    fn the_source_comes_next() {
        let (dir, environment) = tree(true);
        for (cargo, outer, expected) in [
            (None, None, "cargo".into()),
            (None, Some("/outer"), "/outer".into()),
            (Some("name"), Some("/outer"), "name".into()),
            (Some("/a/b"), None, "/a/b".into()),
            (Some("a/b"), None, dir.path().join("crates/generator/a/b")),
        ] {
            let environment = Environment {
                cargo: cargo.map(Into::into),
                outer_cargo: outer.map(Into::into),
                target: Some("armv7-unknown-linux-musleabihf".into()),
                ..environment.clone()
            };
            let Plan::Nested { nested, preferred } = plan(&environment).unwrap() else {
                panic!("not from source");
            };
            assert_eq!(nested.cargo, expected);
            assert_eq!(nested.target, Target::Armv7);
            let manifest = dir.path().join("stage0/Cargo.toml");
            assert_eq!(nested.manifest, manifest.canonicalize().unwrap());
            assert_eq!(preferred, None);
        }
    }

    #[test]
    fn without_source_the_release_is_downloaded() {
        let (_dir, environment) = tree(false);
        let Plan::Download { download, .. } = plan(&environment).unwrap() else {
            panic!("not downloaded");
        };
        let url =
            "/samcday/fastboop/releases/download/v1.2.3/fastboop-stage0-aarch64-unknown-linux-musl";
        assert!(download.url.ends_with(url), "{}", download.url);
        let sidecar = environment.manifest_dir.join("stage0-aarch64.sha256sum");
        assert_eq!(download.sidecar, sidecar);
    }

    #[test]
    fn what_is_the_same_as_the_release_can_be_taken_from_it() {
        let (dir, environment) = tree(true);
        let environment = Environment {
            prefer: Some("prebuilt".into()),
            ..environment
        };
        let record = environment.manifest_dir.join(INPUTS);
        let is_download = || match plan(&environment).unwrap() {
            Plan::Download { because, .. } => {
                assert!(because.contains(&record), "{because:?}");
                true
            }
            Plan::Nested { preferred, .. } => {
                assert_eq!(preferred.as_ref(), Some(&record));
                false
            }
            other => panic!("{other:?}"),
        };
        assert!(!is_download(), "nothing is recorded");
        let digest = prebuilt::digest(&dir.path().join("stage0/Cargo.toml")).unwrap();
        fs::write(&record, format!("{digest}  stage0\n")).unwrap();
        assert!(is_download());
        fs::write(dir.path().join("stage0/build.rs"), "").unwrap();
        assert!(!is_download(), "a file more");
        fs::write(&record, "nonsense").unwrap();
        assert!(fails(&environment).contains("is not a SHA-256 digest"));
    }

    #[test]
    fn with_none_of_them_it_says_what_was_looked_for() {
        let (_dir, environment) = tree(false);
        let message = fails(&Environment {
            target: Some("x86_64-unknown-linux-musl".into()),
            ..environment
        });
        for words in [
            "FASTBOOP_STAGE0_EMBED_PATH is required",
            "crates/generator/../../stage0/Cargo.toml does not exist",
            "only aarch64-unknown-linux-musl is downloaded",
        ] {
            assert!(message.contains(words), "{message}");
        }
    }

    #[test]
    fn documentation_needs_neither() {
        for has_source in [true, false] {
            let (_dir, environment) = tree(has_source);
            let environment = Environment {
                docs_rs: Some("1".into()),
                ..environment
            };
            assert_eq!(plan(&environment).unwrap(), Plan::Nothing);
        }
    }

    #[test]
    fn nonsense_is_an_error() {
        let (_dir, good) = tree(true);
        let set = |name: &str, value: &str| {
            let mut environment = good.clone();
            let value = Some(value.into());
            match name {
                EMBED_PATH => environment.embed_path = value,
                TARGET => environment.target = value,
                PREFER => environment.prefer = value,
                CARGO => environment.cargo = value,
                _ => panic!("{name}"),
            }
            fails(&environment)
        };
        for name in [EMBED_PATH, TARGET, PREFER, CARGO] {
            let message = set(name, "");
            assert!(
                message.contains(&format!("{name} is set but empty")),
                "{message}"
            );
        }
        for name in [TARGET, PREFER] {
            let message = set(name, "aarch64");
            assert!(
                message.starts_with(&format!("{name}: \"aarch64\" is not")),
                "{message}"
            );
        }
    }

    #[test]
    fn an_empty_mirror_is_an_error() {
        let (_dir, environment) = tree(false);
        let base_url = Some("".into());
        let message = fails(&Environment {
            base_url,
            ..environment
        });
        assert!(
            message.contains("FASTBOOP_STAGE0_BASE_URL is set but empty"),
            "{message}"
        );
    }
}
