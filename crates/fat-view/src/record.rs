//! An entry of a directory: `struct msdos_dir_entry` in the kernel's `include/uapi/linux/msdos_fs.h`.

use crate::boot_sector::{RECORD_SIZE, Width};
use crate::code_page::decode;
use crate::time::seconds;

/// The bytes of an entry.
pub(crate) type RawRecord = [u8; RECORD_SIZE];

/// The attribute of files that cannot be written.
const READ_ONLY: u8 = 0x1;
/// The attribute of the volume label, which is not a file.
const VOLUME: u8 = 0x8;
const DIRECTORY: u8 = 0x10;
/// The combination of attributes of a part of a long name, and the bits that it concerns.
const LONG_NAME: u8 = 0xf;
const LONG_NAME_MASK: u8 = 0x3f;
/// The bits of Windows NT for a name without its extension, and for an extension, in lower case.
const LOWER_NAME: u8 = 0x8;
const LOWER_EXTENSION: u8 = 0x10;
/// In place of the first letter: the end of the directory, and a deleted file.
const END: u8 = 0;
const DELETED: u8 = 0xe5;
/// Stands for the letter [`DELETED`].
const ESCAPED: u8 = 0x5;

/// The kinds of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Record {
    End,
    /// A deleted file, or the volume label.
    Skipped,
    LongName,
    File(File),
}

/// A file or a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// The long name if there is a valid one, otherwise the short name.
    pub(crate) name: String,
    pub(crate) is_directory: bool,
    pub(crate) is_read_only: bool,
    pub(crate) first_cluster: u32,
    /// In bytes; 0 for a directory.
    pub(crate) size: u32,
    /// In seconds since 1970.
    pub(crate) modified: i64,
}

impl Record {
    pub(crate) fn parse(raw: &RawRecord, width: Width) -> Self {
        let [first, .., _] = *raw;
        let attributes = raw[11];
        match first {
            END => Record::End,
            DELETED => Record::Skipped,
            _ if attributes & LONG_NAME_MASK == LONG_NAME => Record::LongName,
            _ if attributes & VOLUME != 0 => Record::Skipped,
            _ => Record::File(File::parse(raw, width)),
        }
    }
}

impl File {
    fn parse(raw: &RawRecord, width: Width) -> Self {
        let word = |offset: usize| block_probe::bytes::u16_at(raw, offset).unwrap_or_default();
        // FAT12 and FAT16 keep other things there.
        let high = match width {
            Width::Bits32 => word(20),
            _ => 0,
        };
        let (attributes, size) = (raw[11], block_probe::bytes::u32_at(raw, 28));
        let is_directory = attributes & DIRECTORY != 0;
        File {
            name: short_name(raw),
            is_directory,
            is_read_only: attributes & READ_ONLY != 0,
            first_cluster: u32::from(high) << 16 | u32::from(word(26)),
            size: size.filter(|_| !is_directory).unwrap_or_default(),
            modified: seconds(word(24), word(22)),
        }
    }
}

fn short_name(raw: &RawRecord) -> String {
    let [mut name @ .., _, _, _] = *raw.first_chunk::<11>().unwrap_or(&[0; 11]);
    if let [first @ ESCAPED, ..] = &mut name {
        *first = DELETED;
    }
    let extension = raw.get(8..11).unwrap_or_default();
    let case = raw[12];
    let mut text = decode(&name, case & LOWER_NAME != 0);
    let extension = decode(extension, case & LOWER_EXTENSION != 0);
    if !extension.is_empty() {
        text.push('.');
        text.push_str(&extension);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_image::record;

    fn file(raw: &RawRecord, width: Width) -> File {
        match Record::parse(raw, width) {
            Record::File(file) => file,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn reads_a_file() {
        let mut raw = record(b"KERNEL  IMG", 0x21, 3, 1000);
        raw[20] = 1;
        raw[24..26].copy_from_slice(&(1_u16 << 5 | 1).to_le_bytes());
        let expected = File {
            name: "KERNEL.IMG".to_owned(),
            is_directory: false,
            is_read_only: true,
            first_cluster: 0x1_0003,
            size: 1000,
            modified: 315_532_800,
        };
        assert_eq!(file(&raw, Width::Bits32), expected);
        assert_eq!(file(&raw, Width::Bits16).first_cluster, 3);
    }

    #[test]
    fn directories_have_no_size() {
        let found = file(&record(b"DIR        ", 0x10, 3, 1000), Width::Bits12);
        assert_eq!((found.is_directory, found.size), (true, 0));
        assert_eq!(found.name, "DIR");
    }

    #[test]
    fn case_of_name_and_extension_is_separate() {
        for (case, expected) in [
            (0x8, "kernel.IMG"),
            (0x10, "KERNEL.img"),
            (0x18, "kernel.img"),
        ] {
            let mut raw = record(b"KERNEL  IMG", 0, 3, 0);
            raw[12] = case;
            assert_eq!(file(&raw, Width::Bits12).name, expected);
        }
    }

    #[test]
    fn first_letter_of_deleted_files_is_escaped() {
        let raw = record(b"\x05BC     X  ", 0, 3, 0);
        assert_eq!(file(&raw, Width::Bits12).name, "σBC.X");
    }

    #[test]
    fn other_entries_are_not_files() {
        for (raw, expected) in [
            (record(b"\0          ", 0, 0, 0), Record::End),
            (record(b"\xe5BC        ", 0, 0, 0), Record::Skipped),
            (record(b"LABEL      ", 0x8, 0, 0), Record::Skipped),
            (record(b"LABEL      ", 0x28, 0, 0), Record::Skipped),
            (record(b"\x41BC        ", 0xf, 0, 0), Record::LongName),
        ] {
            assert_eq!(Record::parse(&raw, Width::Bits12), expected);
        }
    }
}
