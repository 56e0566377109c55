//! Reads the name, version and target in the package metadata note of a stage0.
//!
//! The note is an ELF note in the format "Package Metadata for Executable Files": owner `FDO`, type
//! 0xcafe1a7e, a JSON object padded with NULs. The specification is at
//! <https://uapi-group.org/specifications/specs/package_metadata_for_executable_files/>; it requires
//! `type`, `name` and `version` and allows other keys, of which stage0 uses `target`. The source file
//! `stage0/src/identity.rs` defines the note.
//!
//! The linkers of distributions add such notes too, so a file can contain several; that of stage0 has the
//! type `fastboop`. The program headers locate the notes, because they remain when a file is stripped.

use goblin::elf::note::NoteDataIterator;
use goblin::elf::program_header::PT_NOTE;
use serde::Deserialize;

use crate::elf::{CheckError, Program};

/// The value of `name` in the note of every stage0.
pub const NAME: &str = "fastboop-stage0";

const OWNER: &str = "FDO";
const NOTE_TYPE: u32 = 0xcafe_1a7e;
const PACKAGE_TYPE: &str = "fastboop";

/// The content of a package metadata note of the type `fastboop`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    /// The name of the program: [`NAME`] for stage0.
    pub name: String,
    /// The version of the program, without a leading `v`.
    pub version: String,
    /// The target triple that the program was built for. Not a [`Target`](crate::Target), because a test
    /// build for the host can have another triple.
    pub target: String,
}

/// The error of reading the metadata. A file without metadata is not an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// The file is not a complete ELF program.
    #[error(transparent)]
    Elf(#[from] CheckError),
    /// The ELF notes cannot be parsed.
    #[error("damaged ELF notes: {0}; build or download it again")]
    Notes(String),
    /// The content of the note is not JSON, or lacks a required key.
    #[error("invalid package metadata note: {0}; build or download it again")]
    Json(String),
}

/// Reads the metadata of the ELF program `bytes`; `None` if it has no note of the type `fastboop`.
pub fn metadata(bytes: &[u8]) -> Result<Option<Metadata>, MetadataError> {
    read(&Program::parse(bytes)?)
}

pub(crate) fn read(program: &Program<'_>) -> Result<Option<Metadata>, MetadataError> {
    for (segment, data) in program.segments(PT_NOTE) {
        let notes = NoteDataIterator {
            data,
            size: data.len(),
            offset: 0,
            ctx: (segment.p_align as usize, program.context),
        };
        for note in notes {
            let note = note.map_err(|error| MetadataError::Notes(error.to_string()))?;
            if note.name == OWNER && note.n_type == NOTE_TYPE {
                if let Some(metadata) = parse(note.desc)? {
                    return Ok(Some(metadata));
                }
            }
        }
    }
    Ok(None)
}

fn parse(json: &[u8]) -> Result<Option<Metadata>, MetadataError> {
    let invalid = |error: serde_json::Error| MetadataError::Json(error.to_string());
    let json = json.trim_ascii_end();
    let json = &json[..json
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1)];
    let object: serde_json::Value = serde_json::from_slice(json).map_err(invalid)?;
    if object.get("type").and_then(|kind| kind.as_str()) != Some(PACKAGE_TYPE) {
        return Ok(None);
    }
    serde_json::from_value(object).map(Some).map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stage0_testing::{ElfFile, metadata_note, note};

    const OURS: &str =
        r#"{"type":"fastboop","name":"fastboop-stage0","version":"1.2.3","target":"t"}"#;

    fn parse_notes(notes: &[Vec<u8>]) -> Result<Option<Metadata>, MetadataError> {
        let notes = notes.to_vec();
        metadata(
            &ElfFile {
                notes,
                ..ElfFile::aarch64()
            }
            .build(),
        )
    }

    #[test]
    fn returns_none_without_a_note() {
        assert_eq!(parse_notes(&[]), Ok(None));
        assert_eq!(parse_notes(&[note("GNU", 3, b"build id")]), Ok(None));
        assert_eq!(parse_notes(&[note("FDO", 1, b"not json")]), Ok(None));
        assert_eq!(
            parse_notes(&[note("GNU", NOTE_TYPE, b"not json")]),
            Ok(None)
        );
    }

    #[test]
    fn finds_the_note_among_others_in_both_word_sizes() {
        let deb = metadata_note(r#"{"type":"deb","name":"x","version":"1"}"#);
        let joined = [deb.clone(), metadata_note(OURS)].concat();
        for file in [ElfFile::aarch64(), ElfFile::armv7().static_pie()] {
            for notes in [
                vec![note("GNU", 3, b"odd size"), joined.clone()],
                vec![deb.clone(), note("", 0, b""), metadata_note(OURS)],
            ] {
                let bytes = ElfFile {
                    notes,
                    ..file.clone()
                }
                .build();
                let found = metadata(&bytes).unwrap().unwrap();
                assert_eq!(found.name, NAME);
                assert_eq!(found.version, "1.2.3");
                assert_eq!(found.target, "t");
            }
        }
    }

    #[test]
    fn rejects_invalid_and_truncated_notes() {
        for json in [
            "",
            "{",
            "{} {}",
            r#"{"type":"fastboop","name":"n","version":"1"}"#,
        ] {
            let error = parse_notes(&[metadata_note(json)]).unwrap_err();
            assert!(matches!(error, MetadataError::Json(_)), "{json:?}: {error}");
        }
        let whole = metadata_note(OURS);
        let error = parse_notes(&[whole[..whole.len() - 8].to_vec()]).unwrap_err();
        assert!(matches!(error, MetadataError::Notes(_)), "{error}");
    }
}
