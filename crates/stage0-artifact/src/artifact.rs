//! All that is known of one stage0.

use fastboop_files::Sha256Digest;
use serde::Serialize;

use crate::Target;
use crate::elf::{CheckError, Linkage, Program};
use crate::metadata::{self, Metadata, MetadataError};

/// A checked stage0, described.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Artifact {
    /// The machine it is for.
    pub target: Target,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of all its bytes.
    pub sha256: Sha256Digest,
    /// The version it says it has, if it says anything.
    pub version: Option<String>,
    /// How it is linked.
    pub linkage: Linkage,
}

/// Why some bytes are not a stage0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InspectError {
    /// They are not a static program for the target.
    #[error(transparent)]
    Elf(#[from] CheckError),
    /// They carry metadata that cannot be read.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// They say that they are another program.
    #[error("says that it is {0}, not {name}; name the stage0 artifact", name = metadata::NAME)]
    OtherProgram(String),
    /// They say that they were built for another target.
    #[error("says that it was built for {found}, not for {target}; build it for that target")]
    OtherTarget {
        /// What they say.
        found: String,
        /// The target they were checked for.
        target: Target,
    },
}

impl Artifact {
    /// Checks that `bytes` are a stage0 for `expected`, or for any target when that is `None`, and
    /// describes it.
    pub fn inspect(bytes: &[u8], expected: Option<Target>) -> Result<Artifact, InspectError> {
        let program = Program::parse(bytes)?;
        let machine = program.machine();
        let target = expected
            .or(Target::from_machine(machine))
            .ok_or(CheckError::UnknownMachine(machine))?;
        program.check_target(target)?;
        let linkage = program.linkage()?;
        let metadata = metadata::read(&program)?;
        if let Some(found) = &metadata {
            agrees(found, target)?;
        }
        Ok(Artifact {
            target,
            size: bytes.len() as u64,
            sha256: Sha256Digest::of(bytes),
            version: metadata.map(|metadata| metadata.version),
            linkage,
        })
    }
}

/// Checks that a program that says `found` of itself is a stage0 for `target`.
pub(crate) fn agrees(found: &Metadata, target: Target) -> Result<(), InspectError> {
    if found.name != metadata::NAME {
        return Err(InspectError::OtherProgram(found.name.clone()));
    }
    if found.target != target.triple() {
        let found = found.target.clone();
        return Err(InspectError::OtherTarget { found, target });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use stage0_testing::{ElfFile, metadata_note};

    fn with_note(name: &str, target: &str) -> Vec<u8> {
        let json = format!(
            r#"{{"type":"fastboop","name":"{name}","version":"1.2.3","target":"{target}"}}"#
        );
        let notes = vec![metadata_note(&json)];
        ElfFile {
            notes,
            ..ElfFile::aarch64()
        }
        .build()
    }

    #[test]
    fn everything_is_told() {
        let bytes = with_note("fastboop-stage0", "aarch64-unknown-linux-musl");
        let artifact = Artifact::inspect(&bytes, None).unwrap();
        assert_eq!(
            artifact,
            Artifact {
                target: Target::Aarch64,
                size: bytes.len() as u64,
                sha256: Sha256Digest::of(&bytes),
                version: Some("1.2.3".to_owned()),
                linkage: Linkage::Static,
            }
        );
        let json = serde_json::to_value(&artifact).unwrap();
        assert_eq!(json["target"], "aarch64-unknown-linux-musl");
        assert_eq!(json["linkage"], "static");
        assert_eq!(json["sha256"], artifact.sha256.to_string());
    }

    #[test]
    fn without_a_note_only_the_version_is_missing() {
        let artifact = Artifact::inspect(&ElfFile::armv7().static_pie().build(), None).unwrap();
        assert_eq!(artifact.target, Target::Armv7);
        assert_eq!(artifact.linkage, Linkage::StaticPie);
        assert_eq!(artifact.version, None);
    }

    #[test]
    fn an_expected_target_is_insisted_on() {
        let error = Artifact::inspect(&ElfFile::armv7().build(), Some(Target::X86_64)).unwrap_err();
        assert!(
            matches!(error, InspectError::Elf(CheckError::WrongMachine { .. })),
            "{error}"
        );
    }

    #[test]
    fn a_machine_without_a_stage0_is_refused() {
        let mips = ElfFile {
            machine: 8,
            ..ElfFile::armv7()
        };
        let error = Artifact::inspect(&mips.build(), None).unwrap_err();
        assert!(error.to_string().contains("e_machine 8"), "{error}");
    }

    #[test]
    fn what_it_says_of_itself_must_agree() {
        for (name, target, words) in [
            ("fastboop", "aarch64-unknown-linux-musl", "it is fastboop,"),
            (
                "fastboop-stage0",
                "aarch64-unknown-linux-gnu",
                "built for aarch64-unknown-linux-gnu",
            ),
        ] {
            let message = Artifact::inspect(&with_note(name, target), None)
                .unwrap_err()
                .to_string();
            assert!(message.contains(words), "{message}");
        }
    }
}
