//! Long names, which lie in parts before the entry of the short name: `struct msdos_dir_slot` in the
//! kernel's `include/uapi/linux/msdos_fs.h`.

use block_probe::bytes::u16_at;

use crate::record::RawRecord;

/// Where the 13 UTF-16 units of a part are.
const UNITS: [usize; 13] = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
/// Set in the number of the part that is stored first, the last one of the name.
const LAST: u8 = 0x40;
/// `MSDOS_SLOTS` of the kernel, without the short name: 20 parts for 255 units.
const MAX_PARTS: u8 = 20;
/// `NAME_MAX` in the kernel's `include/uapi/linux/limits.h`, in bytes.
const MAX_NAME: usize = 255;

/// The parts of a long name that were read, which begin with the last one. Empty if they are invalid.
#[derive(Debug, Default)]
pub(crate) struct LongName {
    parts: Vec<[u16; 13]>,
    /// The number of the next part; 0 after the first part of the name.
    expected: u8,
    checksum: u8,
}

impl LongName {
    /// Adds a part. A part that does not continue the parts before discards them.
    pub(crate) fn add(&mut self, raw: &RawRecord) {
        let (number, checksum) = (raw[0], raw[13]);
        let part = UNITS.map(|offset| u16_at(raw, offset).unwrap_or_default());
        if number & LAST != 0 {
            self.parts.clear();
            self.expected = number & !LAST;
            self.checksum = checksum;
        }
        let is_valid = (1..=MAX_PARTS).contains(&self.expected)
            && number & !LAST == self.expected
            && checksum == self.checksum;
        if is_valid {
            self.parts.push(part);
            self.expected -= 1;
        } else {
            *self = LongName::default();
        }
    }

    /// Returns the name if it is complete and belongs to the entry `raw` of a short name, and removes it.
    /// `None` also for names that Linux cannot use: with `/`, or of more than 255 bytes.
    pub(crate) fn take(&mut self, raw: &RawRecord) -> Option<String> {
        let name = std::mem::take(self);
        let is_complete = !name.parts.is_empty() && name.expected == 0;
        if !is_complete || name.checksum != checksum(raw) {
            return None;
        }
        let units = name.parts.iter().rev().flatten().copied();
        let units = units.take_while(|unit| *unit != 0);
        let text: String = char::decode_utf16(units)
            .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        let is_usable = !matches!(text.as_str(), "" | "." | "..") && !text.contains('/');
        Some(text).filter(|text| is_usable && text.len() <= MAX_NAME)
    }
}

/// The checksum of a short name: `fat_checksum` in the kernel's `fs/fat/fat.h`.
fn checksum(raw: &RawRecord) -> u8 {
    raw.iter()
        .take(11)
        .fold(0, |sum: u8, byte| sum.rotate_right(1).wrapping_add(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_image::{long, record};

    const SHORT: &[u8; 11] = b"FILEWI~1TXT";

    fn name(records: &[RawRecord]) -> Option<String> {
        let mut name = LongName::default();
        let (short, parts) = records.split_last().unwrap();
        for part in parts {
            name.add(part);
        }
        name.take(short)
    }

    fn records(name: &str) -> Vec<RawRecord> {
        long(name, record(SHORT, 0, 0, 0))
    }

    #[test]
    fn checksum_rotates_and_adds() {
        let sum = |name: &[u8; 11]| checksum(&record(name, 0, 0, 0));
        assert_eq!(sum(b"\0\0\0\0\0\0\0\0\0\0\x01"), 1);
        assert_eq!(sum(b"\0\0\0\0\0\0\0\0\0\x01\0"), 0x80);
        assert_eq!(sum(b"\0\0\0\0\0\0\0\0\0\x03\x01"), 0x82);
    }

    #[test]
    fn joins_parts() {
        for text in [
            "a",
            "thirteen long",
            "file with a long name.txt",
            "Ünïcode und 🦀",
            &"n".repeat(255),
        ] {
            assert_eq!(name(&records(text)).as_deref(), Some(text));
        }
    }

    #[test]
    fn ignores_orphaned_parts() {
        let whole = records("a name of three parts, really");
        assert_eq!(whole.len(), 4);
        assert_eq!(name(&whole[1..]), None, "without the last part");
        let mut gap = whole.clone();
        gap.remove(1);
        assert_eq!(name(&gap), None, "without a part in the middle");
        let mut cut = whole.clone();
        cut.remove(2);
        assert_eq!(name(&cut), None, "without the first part");
        let mut other = whole.clone();
        other[3][0] = b'X';
        assert_eq!(name(&other), None, "of another file");
        let mut mixed = whole.clone();
        mixed[1][13] ^= 1;
        assert_eq!(name(&mixed), None, "parts of two files");
        let mut twice = records("b");
        twice.pop();
        twice.extend(whole);
        let expected = "a name of three parts, really";
        assert_eq!(name(&twice).as_deref(), Some(expected));
        let mut zero = records("b");
        zero[0][0] = 0x40;
        assert_eq!(name(&zero), None, "number 0");
        zero[0][0] = 0x40 | 21;
        assert_eq!(name(&zero), None, "too many parts");
    }

    #[test]
    fn ignores_names_that_linux_cannot_use() {
        for text in ["a/b", "/", ".", "..", &"ü".repeat(128)] {
            assert_eq!(name(&records(text)), None, "{text}");
        }
        let lone = 0xd800_u16;
        let mut records = records("a");
        records[0][1..3].copy_from_slice(&lone.to_le_bytes());
        assert_eq!(name(&records).as_deref(), Some("\u{fffd}"));
    }
}
