//! Doing what was planned, and what Cargo is told of it.

use std::path::Path;

use stage0_artifact::{Artifact, prepare};

use crate::{EMBED_MODE, EMBED_PATH, Error, Plan};

/// The name of the checked copy in `OUT_DIR`.
const COPY: &str = "fastboop-stage0-embedded";

/// A stage0 was found, checked and copied.
#[derive(Debug)]
pub struct Outcome {
    /// What it is.
    pub artifact: Artifact,
    /// The lines for Cargo, as it wants them on standard output.
    pub directives: Vec<String>,
}

impl Plan {
    /// Checks the planned file and copies it to `out_dir`.
    pub fn carry_out(&self, out_dir: &Path) -> Result<Outcome, Error> {
        let Plan::Path { source, target } = self;
        let copy = out_dir.join(COPY);
        let (from, to) = (line(source)?, line(&copy)?);
        let artifact = prepare(source, *target, &copy)?;
        let directives = vec![
            format!("cargo::rerun-if-changed={from}"),
            format!("cargo::rustc-env={EMBED_PATH}={to}"),
            format!("cargo::rustc-env={EMBED_MODE}=path"),
            format!(
                "cargo::warning=stage0 for {} from {EMBED_PATH}: {from} (sha256 {})",
                artifact.target, artifact.sha256
            ),
        ];
        Ok(Outcome {
            artifact,
            directives,
        })
    }
}

/// A path as a part of one line.
fn line(path: &Path) -> Result<&str, Error> {
    path.to_str()
        .filter(|text| !text.contains(['\n', '\r']))
        .ok_or_else(|| Error::OddPath(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stage0_artifact::Target;
    use stage0_testing::ElfFile;
    use std::fs;

    #[test]
    fn cargo_is_told_everything() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("stage0");
        let bytes = ElfFile::armv7().build();
        fs::write(&source, &bytes).unwrap();
        let target = Some(Target::Armv7);
        let plan = Plan::Path {
            source: source.clone(),
            target,
        };
        let outcome = plan.carry_out(dir.path()).unwrap();

        let copy = dir.path().join("fastboop-stage0-embedded");
        assert_eq!(fs::read(&copy).unwrap(), bytes);
        let (source, copy) = (source.display(), copy.display());
        let [changed, path, mode, warning] = &outcome.directives[..] else {
            panic!("{:?}", outcome.directives);
        };
        assert_eq!(*changed, format!("cargo::rerun-if-changed={source}"));
        assert_eq!(
            *path,
            format!("cargo::rustc-env=FASTBOOP_STAGE0_EMBED_PATH={copy}")
        );
        assert_eq!(mode, "cargo::rustc-env=FASTBOOP_STAGE0_EMBED_MODE=path");
        assert!(warning.starts_with("cargo::warning=stage0 for armv7-unknown-linux-musleabihf"));
        assert!(
            warning.contains(&outcome.artifact.sha256.to_string()),
            "{warning}"
        );
    }

    #[test]
    fn a_bad_file_is_named_with_its_variable() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("stage0");
        fs::write(&source, "#!/bin/sh\n").unwrap();
        let plan = Plan::Path {
            source,
            target: None,
        };
        let message = plan.carry_out(dir.path()).unwrap_err().to_string();
        assert!(
            message.starts_with("FASTBOOP_STAGE0_EMBED_PATH: /"),
            "{message}"
        );
        assert!(message.contains("a script"), "{message}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_path_cannot_smuggle_in_a_directive() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("a\ncargo::rustc-env=X=y");
        fs::write(&source, ElfFile::aarch64().build()).unwrap();
        let plan = Plan::Path {
            source,
            target: None,
        };
        let error = plan.carry_out(dir.path()).unwrap_err();
        assert!(matches!(error, Error::OddPath(_)), "{error}");
    }
}
