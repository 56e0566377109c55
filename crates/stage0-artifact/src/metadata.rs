//! The name and version that a stage0 carries in itself.
//!
//! They are in an ELF note of the format "package metadata for executable files": owner `FDO`,
//! type 0xcafe1a7e, a JSON object padded with NULs. The format is described at
//! <https://uapi-group.org/specifications/specs/package_metadata_for_executable_files/>; it asks
//! for `type`, `name` and `version` and allows other keys, of which we use `target`. `stage0`
//! writes it, see `identity.rs` there.
//!
//! Distributions let their linkers add such notes too, so a file can hold several: ours is the one
//! of type `fastboop`. Notes are found through the program headers, which survive stripping.

use goblin::elf::note::NoteDataIterator;
use goblin::elf::program_header::PT_NOTE;
use serde::Deserialize;

use crate::elf::{CheckError, Program};

/// `name` in the note of every stage0.
pub const NAME: &str = "fastboop-stage0";

const OWNER: &str = "FDO";
const NOTE_TYPE: u32 = 0xcafe_1a7e;
const PACKAGE_TYPE: &str = "fastboop";

/// The identity that a program of fastboop declares.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    /// The program's name: [`NAME`] for stage0.
    pub name: String,
    /// Its version, without a leading `v`.
    pub version: String,
    /// The triple it was built for. Not a [`Target`](crate::Target): a test build for the machine
    /// at hand says so honestly.
    pub target: String,
}

/// Why the metadata could not be read. A file without any is not an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// It is not a whole ELF program.
    #[error(transparent)]
    Elf(#[from] CheckError),
    /// The ELF notes contradict themselves.
    #[error("its ELF notes are damaged ({0}); build or download it again")]
    Notes(String),
    /// The note is there, but does not hold what it should.
    #[error(
        "its package metadata note is not what stage0 writes ({0}); build or download it again"
    )]
    Json(String),
}

/// The metadata in the ELF program `bytes`, or `None` when it carries none of fastboop.
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
    let bad = |error: serde_json::Error| MetadataError::Json(error.to_string());
    let json = json.trim_ascii_end();
    let json = &json[..json
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1)];
    let object: serde_json::Value = serde_json::from_slice(json).map_err(bad)?;
    if object.get("type").and_then(|kind| kind.as_str()) != Some(PACKAGE_TYPE) {
        return Ok(None);
    }
    serde_json::from_value(object).map(Some).map_err(bad)
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
    fn rejects_a_truncated_note() {
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
