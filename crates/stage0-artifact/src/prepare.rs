//! Checks the artifact that a build embeds, and copies it.

use std::path::Path;

use fastboop_files::file;

use crate::{Artifact, Error, Target};

/// Checks that `input` is a stage0 artifact for its target and copies it to `output`.
///
/// [`Target::for_embedding`] determines the target. `input` is read only once, so the copy is what was
/// checked. `output` is replaced atomically; it is unchanged if this function fails, as it does if both are
/// the same file.
///
/// The input may be a static program without stage0's metadata: [`Artifact::metadata_warning`].
///
/// Cargo's build script and Bazel's embed step both call this function.
pub fn prepare(input: &Path, target: Option<Target>, output: &Path) -> Result<Artifact, Error> {
    file::check_output(output, input)?;
    let (artifact, bytes) = read_artifact(input, target)?;
    // Not executable: the copy is data that another program embeds.
    file::write_atomic(output, &bytes, false)?;
    Ok(artifact)
}

/// Reads the file at `path` and checks that it is a stage0 artifact for its target, which
/// [`Target::for_embedding`] determines. Returns the description and the content.
pub fn read_artifact(path: &Path, target: Option<Target>) -> Result<(Artifact, Vec<u8>), Error> {
    let target = Target::for_embedding(target, path).map_err(|error| Error::Target {
        path: path.to_owned(),
        error,
    })?;
    let bytes = file::read(path)?;
    let artifact = Artifact::inspect(&bytes, Some(target)).map_err(|error| Error::Inspect {
        path: path.to_owned(),
        error,
    })?;
    Ok((artifact, bytes))
}

/// Reads and checks the file at `path` like [`read_artifact`], and requires stage0's metadata in it: for
/// artifacts that are released, or whose digest is recorded.
pub fn read_release_artifact(
    path: &Path,
    target: Option<Target>,
) -> Result<(Artifact, Vec<u8>), Error> {
    let (artifact, bytes) = read_artifact(path, target)?;
    artifact
        .require_metadata()
        .map_err(|error| Error::Inspect {
            path: path.to_owned(),
            error,
        })?;
    Ok((artifact, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stage0_testing::ElfFile;
    use std::fs;

    #[test]
    fn copies_and_describes_a_valid_file() {
        let dir = tempfile::tempdir().unwrap();
        let (input, output) = (dir.path().join("in"), dir.path().join("out"));
        let bytes = ElfFile::aarch64().build();
        fs::write(&input, &bytes).unwrap();
        let artifact = prepare(&input, None, &output).unwrap();
        assert_eq!(artifact.target, Target::Aarch64);
        assert_eq!(fs::read(&output).unwrap(), bytes);
    }

    #[test]
    fn takes_the_target_from_the_name() {
        let dir = tempfile::tempdir().unwrap();
        let input = dir.path().join(Target::Armv7.asset_name());
        let output = dir.path().join("out");
        fs::write(&input, ElfFile::armv7().build()).unwrap();
        assert_eq!(
            prepare(&input, None, &output).unwrap().target,
            Target::Armv7
        );
        let message = prepare(&input, Some(Target::X86_64), &output)
            .unwrap_err()
            .to_string();
        assert!(message.contains("the file is named for armv7"), "{message}");
    }

    #[test]
    fn rejects_an_output_that_is_the_input() {
        let dir = tempfile::tempdir().unwrap();
        let (input, output) = (dir.path().join("in"), dir.path().join("out"));
        fs::write(&input, ElfFile::aarch64().build()).unwrap();
        fs::hard_link(&input, &output).unwrap();
        for output in [&input, &output] {
            let message = prepare(&input, None, output).unwrap_err().to_string();
            assert!(
                message.contains(": the same file as the input "),
                "{message}"
            );
        }
    }

    #[test]
    fn release_artifacts_have_metadata() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("program");
        fs::write(&path, ElfFile::aarch64().build()).unwrap();
        assert!(read_artifact(&path, None).is_ok());
        let message = read_release_artifact(&path, None).unwrap_err().to_string();
        assert!(
            message.contains("program: no package metadata note"),
            "{message}"
        );
        let stage0 = ElfFile::aarch64().stage0(Target::Aarch64.triple());
        fs::write(&path, stage0.build()).unwrap();
        assert!(read_release_artifact(&path, None).is_ok());
    }

    #[test]
    fn keeps_the_output_if_the_input_is_invalid() {
        let dir = tempfile::tempdir().unwrap();
        let (input, output) = (dir.path().join("in"), dir.path().join("out"));
        fs::write(&input, ElfFile::x86_64().build()).unwrap();
        fs::write(&output, "old").unwrap();
        let message = prepare(&input, None, &output).unwrap_err().to_string();
        assert!(message.starts_with(input.to_str().unwrap()), "{message}");
        assert!(message.contains("got x86-64 (e_machine 62)"), "{message}");
        assert_eq!(fs::read(&output).unwrap(), b"old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
