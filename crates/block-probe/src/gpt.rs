//! The GUID partition table. Source of the format: UEFI specification 2.10, section 5.3.
//!
//! Checksums are not verified: compare an entry with what the kernel tells about the partition.

use crate::bytes::{array_at, u32_at, u64_at};
use crate::uuid::format_guid;

/// The location of a partition table's entries on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GptEntries {
    /// The logical block of the first entry.
    block: u64,
    /// The number of entries.
    count: u32,
    /// The size of an entry in bytes.
    size: u32,
}

/// An entry of a partition table: one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GptEntry {
    /// The partition's `PARTUUID`, in lower case.
    pub uuid: String,
    /// The partition's `PARTLABEL`; may be empty. Invalid UTF-16 is replaced.
    pub name: String,
    /// The number of the partition's first logical block.
    pub first_block: u64,
}

/// The size in bytes of the defined part of an entry. The rest, if any, is reserved.
const ENTRY_SIZE: u32 = 128;
/// In bytes; a header with a larger entry size is rejected as invalid.
const MAX_ENTRY_SIZE: u32 = 4096;

impl GptEntries {
    /// Parses the GPT header in the disk's second logical block; `None` if it is not a GPT header.
    pub fn parse(header: &[u8]) -> Option<Self> {
        let entries = GptEntries {
            block: u64_at(header, 72)?,
            count: u32_at(header, 80)?,
            size: u32_at(header, 84)?,
        };
        let is_gpt = header.starts_with(b"EFI PART")
            && (ENTRY_SIZE..=MAX_ENTRY_SIZE).contains(&entries.size);
        is_gpt.then_some(entries)
    }

    /// Returns the byte offset on the disk of the entry of `partition`, which is counted from 1, for
    /// logical blocks of `block_size` bytes; `None` if there is no such entry.
    pub fn offset(&self, partition: u32, block_size: u64) -> Option<u64> {
        let index = partition
            .checked_sub(1)
            .filter(|index| *index < self.count)?;
        let start = self.block.checked_mul(block_size)?;
        start.checked_add(u64::from(index) * u64::from(self.size))
    }
}

impl GptEntry {
    /// The number of bytes that [`GptEntry::parse`] needs.
    pub const SIZE: usize = ENTRY_SIZE as usize;

    /// Parses the bytes of an entry; `None` if the entry is unused or incomplete.
    pub fn parse(entry: &[u8]) -> Option<Self> {
        let kind: [u8; 16] = array_at(entry, 0)?;
        let uuid = format_guid(array_at(entry, 16)?);
        let name: [u8; 72] = array_at(entry, 56)?;
        let units: Vec<u16> = name
            .chunks_exact(2)
            .filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?)))
            .take_while(|unit| *unit != 0)
            .collect();
        let first_block = u64_at(entry, 32)?;
        (kind != [0; 16]).then(|| GptEntry {
            uuid,
            name: String::from_utf16_lossy(&units),
            first_block,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(block: u64, count: u32, size: u32) -> Vec<u8> {
        let mut header = vec![0; 512];
        header[..8].copy_from_slice(b"EFI PART");
        header[72..80].copy_from_slice(&block.to_le_bytes());
        header[80..84].copy_from_slice(&count.to_le_bytes());
        header[84..88].copy_from_slice(&size.to_le_bytes());
        header
    }

    #[test]
    fn entries_are_counted_from_1() {
        let entries = GptEntries::parse(&header(2, 4, 128)).unwrap();
        assert_eq!(entries.offset(1, 512), Some(1024));
        assert_eq!(entries.offset(4, 4096), Some(8192 + 3 * 128));
        assert_eq!(entries.offset(0, 512), None);
        assert_eq!(entries.offset(5, 512), None);
    }

    #[test]
    fn offsets_do_not_overflow() {
        let entries = GptEntries::parse(&header(u64::MAX, u32::MAX, 4096)).unwrap();
        assert_eq!(entries.offset(1, 512), None);
        let entries = GptEntries::parse(&header(u64::MAX, u32::MAX, 4096)).unwrap();
        assert_eq!(entries.offset(u32::MAX, 1), None);
    }

    #[test]
    fn rejects_invalid_headers() {
        assert_eq!(GptEntries::parse(&header(2, 4, 127)), None);
        assert_eq!(GptEntries::parse(&header(2, 4, 1 << 20)), None);
        assert_eq!(GptEntries::parse(&header(2, 4, 128)[..87]), None);
        assert_eq!(GptEntries::parse(&[0; 512]), None);
    }

    #[test]
    fn parses_uuid_and_name_of_an_entry() {
        let mut entry = [0; GptEntry::SIZE];
        assert_eq!(GptEntry::parse(&entry), None, "unused");
        entry[0] = 1;
        entry[16] = 0x12;
        entry[33] = 8;
        for (at, unit) in "sÿs".encode_utf16().enumerate() {
            entry[56 + 2 * at..][..2].copy_from_slice(&unit.to_le_bytes());
        }
        let found = GptEntry::parse(&entry).unwrap();
        assert_eq!(found.uuid, "00000012-0000-0000-0000-000000000000");
        assert_eq!(found.name, "sÿs");
        assert_eq!(found.first_block, 2048);
        assert_eq!(GptEntry::parse(&entry[..127]), None);
    }
}
