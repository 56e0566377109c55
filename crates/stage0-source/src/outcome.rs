//! Executes a plan and builds the directives for Cargo.

use std::path::{Path, PathBuf};

use fastboop_files::file;
use stage0_artifact::{Artifact, prepare};

use crate::download::Origin;
use crate::error::Error;
use crate::plan::Plan;
use crate::variables::{EMBED_MODE, EMBED_PATH, PREFER};

/// The file name of the checked copy in `OUT_DIR`.
const COPY: &str = "fastboop-stage0-embedded";

/// The result of an executed plan: the stage0 was obtained, checked and copied.
#[derive(Debug)]
pub struct Outcome {
    /// The properties of the stage0. `None` if only documentation is built.
    pub artifact: Option<Artifact>,
    /// The build script directives for Cargo, one per line of standard output.
    pub directives: Vec<String>,
}

/// The result of one mode: the copy is written, the directives are not built yet.
struct Candidate {
    artifact: Option<Artifact>,
    mode: &'static str,
    inputs: Vec<PathBuf>,
    /// Additional variables that Cargo has to track in this mode.
    variables: Vec<String>,
    warnings: Vec<String>,
}

impl Plan {
    /// Obtains the stage0, checks it and copies it to the directory `out_dir`. `manifest_dir` is the
    /// directory of the package that embeds it.
    pub fn execute(&self, manifest_dir: &Path, out_dir: &Path) -> Result<Outcome, Error> {
        let copy = out_dir.join(COPY);
        let to = line_text(&copy)?;
        let found = self.obtain(&copy)?;
        let mut directives = Vec::new();
        // Checkouts with the same target directory share what Cargo records about this build script. Cargo
        // makes a path in the package relative, but not a path in the package of another checkout, so the
        // records of one checkout do not apply to another, and Cargo runs the build script again. Without
        // this path, it would keep the stage0 of the first checkout, and track the files there.
        let package_path = manifest_dir.join("build.rs");
        for input in found.inputs.iter().chain([&package_path]) {
            directives.push(format!("cargo::rerun-if-changed={}", line_text(input)?));
        }
        for variable in &found.variables {
            directives.push(format!("cargo::rerun-if-env-changed={variable}"));
        }
        directives.push(format!("cargo::rustc-env={EMBED_PATH}={to}"));
        directives.push(format!("cargo::rustc-env={EMBED_MODE}={}", found.mode));
        for warning in &found.warnings {
            directives.push(format!(
                "cargo::warning={}",
                warning.replace(['\n', '\r'], " ")
            ));
        }
        Ok(Outcome {
            artifact: found.artifact,
            directives,
        })
    }

    fn obtain(&self, copy: &Path) -> Result<Candidate, Error> {
        match self {
            Plan::Path { source, target } => {
                let from = line_text(source)?;
                let artifact = prepare(source, *target, copy).map_err(Error::Artifact)?;
                let mut warnings = vec![describe(&artifact, &format!("{EMBED_PATH}: {from}"))];
                warnings.extend(artifact.metadata_warning(source));
                Ok(Candidate {
                    mode: "path",
                    inputs: vec![source.clone()],
                    ..Candidate::new(artifact, warnings)
                })
            }
            Plan::Nested {
                nested,
                unmatched_record,
            } => {
                let built = nested.build()?;
                let target = Some(nested.target);
                let artifact = prepare(&built.artifact, target, copy).map_err(|error| {
                    let log = built.log.clone();
                    Error::BuildOutput { error, log }
                })?;
                let manifest = nested.manifest.display();
                let from = format!("a build of {manifest}, logged in {}", built.log.display());
                let mut warnings = vec![describe(&artifact, &from)];
                warnings.extend(artifact.metadata_warning(&built.artifact));
                let mut inputs = built.inputs;
                if let Some(record) = unmatched_record {
                    let record_name = record.display();
                    warnings.push(format!(
                        "{PREFER}=prebuilt: stage0 is built from source: the inputs of {manifest} differ from those recorded in {record_name}, or no inputs are recorded for this target"
                    ));
                    inputs.extend(record.is_file().then(|| record.clone()));
                }
                Ok(Candidate {
                    mode: "source",
                    inputs,
                    variables: nested.variables().into(),
                    ..Candidate::new(artifact, warnings)
                })
            }
            Plan::Download { download, inputs } => {
                let obtained = download.obtain().map_err(Error::Download)?;
                file::write_atomic(copy, &obtained.bytes, false)?;
                let from = match obtained.origin {
                    Origin::Network => download.url.to_string(),
                    Origin::Cache(path) => format!("{} (downloaded earlier)", path.display()),
                };
                let mut warnings = vec![describe(&obtained.artifact, &from)];
                warnings.extend(obtained.artifact.metadata_warning(Path::new(&from)));
                warnings.extend(obtained.warnings);
                let mut inputs = inputs.clone();
                inputs.push(download.sidecar.clone());
                Ok(Candidate {
                    mode: "release",
                    inputs,
                    ..Candidate::new(obtained.artifact, warnings)
                })
            }
            Plan::Nothing => {
                file::write_atomic(copy, b"", false)?;
                let warning =
                    "DOCS_RS is set: no stage0 is embedded; this build is for documentation only";
                Ok(Candidate {
                    artifact: None,
                    mode: "nothing",
                    inputs: Vec::new(),
                    variables: Vec::new(),
                    warnings: vec![warning.to_owned()],
                })
            }
        }
    }
}

impl Candidate {
    fn new(artifact: Artifact, warnings: Vec<String>) -> Self {
        Candidate {
            artifact: Some(artifact),
            mode: "",
            inputs: Vec::new(),
            variables: Vec::new(),
            warnings,
        }
    }
}

/// The warning that reports which stage0 is embedded and where it came from.
fn describe(artifact: &Artifact, from: &str) -> String {
    let Artifact { target, sha256, .. } = artifact;
    format!("stage0 for {target} from {from} (sha256 {sha256})")
}

/// The text of a path that can be part of a directive, which is one line.
fn line_text(path: &Path) -> Result<&str, Error> {
    path.to_str()
        .filter(|text| !text.contains(['\n', '\r']))
        .ok_or_else(|| Error::UnsupportedPath(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stage0_artifact::Target;
    use stage0_testing::ElfFile;
    use std::fs;

    #[test]
    fn emits_all_directives() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("stage0");
        let bytes = ElfFile::armv7().build();
        fs::write(&source, &bytes).unwrap();
        let target = Some(Target::Armv7);
        let plan = Plan::Path {
            source: source.clone(),
            target,
        };
        let outcome = plan.execute(Path::new("/package"), dir.path()).unwrap();

        let copy = dir.path().join("fastboop-stage0-embedded");
        assert_eq!(fs::read(&copy).unwrap(), bytes);
        let (source, copy) = (source.display(), copy.display());
        let [changed, package, path, mode, warning, no_metadata] = &outcome.directives[..] else {
            panic!("{:?}", outcome.directives);
        };
        assert_eq!(*changed, format!("cargo::rerun-if-changed={source}"));
        assert_eq!(package, "cargo::rerun-if-changed=/package/build.rs");
        assert_eq!(
            *path,
            format!("cargo::rustc-env=FASTBOOP_STAGE0_EMBED_PATH={copy}")
        );
        assert_eq!(mode, "cargo::rustc-env=FASTBOOP_STAGE0_EMBED_MODE=path");
        assert!(warning.starts_with("cargo::warning=stage0 for armv7-unknown-linux-musleabihf"));
        assert!(
            warning.contains(&outcome.artifact.unwrap().sha256.to_string()),
            "{warning}"
        );
        assert!(
            no_metadata.contains(&format!("warning={source}: no package metadata")),
            "{no_metadata}"
        );
    }

    #[test]
    fn reports_the_variable_of_an_invalid_file() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("stage0");
        fs::write(&source, "#!/bin/sh\n").unwrap();
        let plan = Plan::Path {
            source,
            target: None,
        };
        let message = plan
            .execute(Path::new("/package"), dir.path())
            .unwrap_err()
            .to_string();
        assert!(
            message.starts_with("FASTBOOP_STAGE0_EMBED_PATH: /"),
            "{message}"
        );
        assert!(message.contains("a script"), "{message}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn rejects_line_breaks_in_paths() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("a\ncargo::rustc-env=X=y");
        fs::write(&source, ElfFile::aarch64().build()).unwrap();
        let plan = Plan::Path {
            source,
            target: None,
        };
        let error = plan.execute(Path::new("/package"), dir.path()).unwrap_err();
        assert!(matches!(error, Error::UnsupportedPath(_)), "{error}");
    }

    #[test]
    fn embeds_nothing_for_documentation_and_warns() {
        let dir = tempfile::tempdir().unwrap();
        let outcome = Plan::Nothing
            .execute(Path::new("/package"), dir.path())
            .unwrap();
        assert!(outcome.artifact.is_none());
        assert_eq!(fs::read(dir.path().join(COPY)).unwrap(), b"");
        let text = outcome.directives.join("\n");
        assert!(text.contains("EMBED_MODE=nothing"), "{text}");
        assert!(text.contains("cargo::warning=DOCS_RS is set"), "{text}");
    }
}
