//! Describes a stage0 artifact.

use std::path::Path;

use fastboop_files::Sha256Digest;
use serde::Serialize;

use crate::Target;
use crate::elf::{CheckError, Linkage, Program};
use crate::metadata::{self, Metadata, MetadataError};

/// The description of a stage0 artifact that passed the checks of [`Artifact::inspect`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Artifact {
    /// The target that the artifact was built for.
    pub target: Target,
    /// The size of the file in bytes.
    pub size: u64,
    /// The digest of the file.
    pub sha256: Sha256Digest,
    /// The version in the package metadata; `None` if the file has none: see [`Artifact::has_metadata`].
    pub version: Option<String>,
    /// Whether the program is linked at fixed addresses or is position independent.
    pub linkage: Linkage,
}

/// The error for a file that is not a stage0 artifact for its target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InspectError {
    /// The file is not a static program for the target.
    #[error(transparent)]
    Elf(#[from] CheckError),
    /// The package metadata is invalid.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// The file has no package metadata, so it can be any static program.
    #[error(
        "no package metadata note, which every stage0 has; name the stage0 artifact, built from stage0/"
    )]
    NoMetadata,
    /// The package metadata contains this name instead of [`metadata::NAME`].
    #[error("program name mismatch in the metadata: expected {name}, got {0}; name the stage0 artifact", name = metadata::NAME)]
    OtherProgram(String),
    /// The package metadata contains another target.
    #[error(
        "target mismatch in the metadata: expected {target}, got {found}; build it for that target"
    )]
    OtherTarget {
        /// The target triple in the metadata.
        found: String,
        /// The target that the file was checked for.
        target: Target,
    },
}

impl Artifact {
    /// Checks that `bytes` are a stage0 artifact for `expected`, or for any target if that is `None`,
    /// and describes it.
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
            check_metadata(found, target)?;
        }
        Ok(Artifact {
            target,
            size: bytes.len() as u64,
            sha256: Sha256Digest::compute(bytes),
            version: metadata.map(|metadata| metadata.version),
            linkage,
        })
    }

    /// Whether the file has the package metadata of stage0, and so is one. A file without can be any static
    /// program for the target, and so it is not a release artifact ([`Artifact::require_metadata`]).
    ///
    /// Users may embed such a file of their own; [`Artifact::metadata_warning`] is the warning for them.
    pub fn has_metadata(&self) -> bool {
        self.version.is_some()
    }

    /// Fails if the file has no package metadata. Required of artifacts that are released or recorded.
    pub fn require_metadata(&self) -> Result<(), InspectError> {
        if self.has_metadata() {
            Ok(())
        } else {
            Err(InspectError::NoMetadata)
        }
    }

    /// The warning about the file at `path`, which a user chose, if it has no package metadata.
    pub fn metadata_warning(&self, path: &Path) -> Option<String> {
        (!self.has_metadata()).then(|| {
            format!(
                "{}: no package metadata note, so it may be another program than stage0; \
                 use a released {}, or build it from stage0/",
                path.display(),
                self.target.asset_name()
            )
        })
    }
}

/// Checks that `found` is the metadata of a stage0 for `target`.
pub(crate) fn check_metadata(found: &Metadata, target: Target) -> Result<(), InspectError> {
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
    fn inspect_describes_the_artifact() {
        let bytes = with_note("fastboop-stage0", "aarch64-unknown-linux-musl");
        let artifact = Artifact::inspect(&bytes, None).unwrap();
        assert_eq!(
            artifact,
            Artifact {
                target: Target::Aarch64,
                size: bytes.len() as u64,
                sha256: Sha256Digest::compute(&bytes),
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
    fn accepts_files_without_metadata() {
        let artifact = Artifact::inspect(&ElfFile::armv7().static_pie().build(), None).unwrap();
        assert_eq!(artifact.target, Target::Armv7);
        assert_eq!(artifact.linkage, Linkage::StaticPie);
        assert_eq!(artifact.version, None);
    }

    #[test]
    fn release_requires_metadata_and_users_are_warned() {
        let path = Path::new("program");
        let other = Artifact::inspect(&ElfFile::aarch64().build(), None).unwrap();
        assert!(!other.has_metadata());
        assert_eq!(other.require_metadata(), Err(InspectError::NoMetadata));
        let warning = other.metadata_warning(path).unwrap();
        assert!(
            warning.starts_with("program: no package metadata note"),
            "{warning}"
        );

        let stage0 = with_note("fastboop-stage0", "aarch64-unknown-linux-musl");
        let stage0 = Artifact::inspect(&stage0, None).unwrap();
        assert!(stage0.has_metadata());
        assert_eq!(stage0.require_metadata(), Ok(()));
        assert_eq!(stage0.metadata_warning(path), None);
    }

    #[test]
    fn rejects_targets_other_than_the_expected_one() {
        let error = Artifact::inspect(&ElfFile::armv7().build(), Some(Target::X86_64)).unwrap_err();
        assert!(
            matches!(error, InspectError::Elf(CheckError::WrongMachine { .. })),
            "{error}"
        );
    }

    #[test]
    fn rejects_unsupported_machines() {
        let mips = ElfFile {
            machine: 8,
            ..ElfFile::armv7()
        };
        let error = Artifact::inspect(&mips.build(), None).unwrap_err();
        assert!(error.to_string().contains("e_machine 8"), "{error}");
    }

    #[test]
    fn rejects_metadata_of_other_programs_and_targets() {
        for (name, target, words) in [
            ("fastboop", "aarch64-unknown-linux-musl", "got fastboop;"),
            (
                "fastboop-stage0",
                "aarch64-unknown-linux-gnu",
                "got aarch64-unknown-linux-gnu",
            ),
        ] {
            let message = Artifact::inspect(&with_note(name, target), None)
                .unwrap_err()
                .to_string();
            assert!(message.contains(words), "{message}");
        }
    }
}
