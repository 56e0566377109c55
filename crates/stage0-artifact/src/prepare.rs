//! From a file somebody named to a checked copy, ready to be embedded.

use std::path::Path;

use fastboop_files::file;

use crate::{Artifact, Error, Target};

/// Checks that `input` is a stage0 for the target it is meant for and copies it to `output`.
///
/// The target is found by [`Target::for_embedding`]. What was checked is what is written: the file
/// is read once. `output` is replaced as a whole or, when anything fails, not touched.
///
/// Cargo's build script and Bazel's embed step both do just this.
pub fn prepare(input: &Path, target: Option<Target>, output: &Path) -> Result<Artifact, Error> {
    let (artifact, bytes) = read_artifact(input, target)?;
    // Not executable: it is data of another program, for another machine.
    file::write_atomic(output, &bytes, false)?;
    Ok(artifact)
}

/// Reads `path` and checks that it is a stage0 for the target it is meant for, which is found by
/// [`Target::for_embedding`].
pub fn read_artifact(path: &Path, target: Option<Target>) -> Result<(Artifact, Vec<u8>), Error> {
    let owned = || path.to_owned();
    let target = Target::for_embedding(target, path).map_err(|error| Error::Target {
        path: owned(),
        error,
    })?;
    let bytes = file::read(path)?;
    let artifact = Artifact::inspect(&bytes, Some(target)).map_err(|error| Error::Inspect {
        path: owned(),
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
    fn copies_and_describes_a_good_file() {
        let dir = tempfile::tempdir().unwrap();
        let (input, output) = (dir.path().join("in"), dir.path().join("out"));
        let bytes = ElfFile::aarch64().build();
        fs::write(&input, &bytes).unwrap();
        let artifact = prepare(&input, None, &output).unwrap();
        assert_eq!(artifact.target, Target::Aarch64);
        assert_eq!(fs::read(&output).unwrap(), bytes);
    }

    #[test]
    fn derives_the_target_from_the_name() {
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
    fn keeps_the_output_on_a_bad_file() {
        let dir = tempfile::tempdir().unwrap();
        let (input, output) = (dir.path().join("in"), dir.path().join("out"));
        fs::write(&input, ElfFile::x86_64().build()).unwrap();
        fs::write(&output, "old").unwrap();
        let message = prepare(&input, None, &output).unwrap_err().to_string();
        assert!(message.starts_with(input.to_str().unwrap()), "{message}");
        assert!(
            message.contains("an ELF for x86-64 (e_machine 62)"),
            "{message}"
        );
        assert_eq!(fs::read(&output).unwrap(), b"old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
