//! All fields of the GUID partition table that a reader of images needs; stage0 needs only those of
//! [`GptEntries`](crate::GptEntries). Source of the format: UEFI specification 2.10, section 5.3.

use std::ops::Range;

use crate::bytes::{array_at, u32_at, u64_at};
use crate::gpt::GptEntry;
use crate::uuid::format_guid;

/// The header of a partition table: section 5.3.2. The caller verifies it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GptHeader {
    /// The version of the format: 0x0001_0000 is 1.0.
    pub revision: u32,
    /// The number of bytes of the header that [`GptHeader::crc`] covers, with its own field as zeros.
    pub size: u32,
    /// The CRC-32 of the header.
    pub crc: u32,
    /// The logical block that contains this header.
    pub block: u64,
    /// The logical block that contains the other header.
    pub alternate_block: u64,
    /// The first logical block that partitions may use.
    pub first_usable: u64,
    /// The last logical block that partitions may use.
    pub last_usable: u64,
    /// The disk's GUID, in lower case.
    pub disk_uuid: String,
    /// The logical block of the first entry.
    pub entries_block: u64,
    /// The number of entries.
    pub entry_count: u32,
    /// The size of an entry in bytes.
    pub entry_size: u32,
    /// The CRC-32 of all entries.
    pub entries_crc: u32,
}

impl GptHeader {
    /// The smallest valid size of a header in bytes.
    pub const MIN_SIZE: u32 = 92;

    /// Where the header's CRC is, which counts as zeros when it is calculated.
    pub const CRC_FIELD: Range<usize> = 16..20;

    /// Parses a logical block; `None` if it is not a GPT header.
    pub fn parse(block: &[u8]) -> Option<Self> {
        if !block.starts_with(b"EFI PART") {
            return None;
        }
        Some(GptHeader {
            revision: u32_at(block, 8)?,
            size: u32_at(block, 12)?,
            crc: u32_at(block, 16)?,
            block: u64_at(block, 24)?,
            alternate_block: u64_at(block, 32)?,
            first_usable: u64_at(block, 40)?,
            last_usable: u64_at(block, 48)?,
            disk_uuid: format_guid(array_at(block, 56)?),
            entries_block: u64_at(block, 72)?,
            entry_count: u32_at(block, 80)?,
            entry_size: u32_at(block, 84)?,
            entries_crc: u32_at(block, 88)?,
        })
    }
}

/// An entry of a partition table with all its fields: section 5.3.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GptPartition {
    /// The GUID of the partition's type, in lower case.
    pub type_uuid: String,
    /// The UUID, the name and the first logical block.
    pub entry: GptEntry,
    /// The last logical block, which belongs to the partition too.
    pub last_block: u64,
    /// The attributes: bit 2 is "legacy BIOS bootable"; the bits from 48 on depend on the type.
    pub attributes: u64,
}

impl GptPartition {
    /// Parses the bytes of an entry, of which it needs [`GptEntry::SIZE`]; `None` if the entry is unused or
    /// incomplete.
    pub fn parse(entry: &[u8]) -> Option<Self> {
        Some(GptPartition {
            type_uuid: format_guid(array_at(entry, 0)?),
            entry: GptEntry::parse(entry)?,
            last_block: u64_at(entry, 40)?,
            attributes: u64_at(entry, 48)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where each 8 bytes are their offset.
    fn block() -> Vec<u8> {
        let mut block: Vec<u8> = (0..64_u64).flat_map(|at| (at * 8).to_le_bytes()).collect();
        block[..8].copy_from_slice(b"EFI PART");
        block
    }

    #[test]
    fn reads_all_fields_of_a_header() {
        let header = GptHeader::parse(&block()).unwrap();
        let expected = GptHeader {
            revision: 8,
            size: 0,
            crc: 16,
            block: 24,
            alternate_block: 32,
            first_usable: 40,
            last_usable: 48,
            disk_uuid: "00000038-0000-0000-4000-000000000000".to_owned(),
            entries_block: 72,
            entry_count: 80,
            entry_size: 0,
            entries_crc: 88,
        };
        assert_eq!(header, expected);
    }

    #[test]
    fn rejects_other_blocks() {
        let mut bytes = block();
        assert_eq!(GptHeader::parse(&bytes[..91]), None);
        bytes[0] = 0;
        assert_eq!(GptHeader::parse(&bytes), None);
    }

    #[test]
    fn reads_all_fields_of_an_entry() {
        let found = GptPartition::parse(&block()).unwrap();
        assert_eq!(found.type_uuid, "20494645-4150-5452-0800-000000000000");
        assert_eq!(found.entry.uuid, "00000010-0000-0000-1800-000000000000");
        let numbers = (found.entry.first_block, found.last_block, found.attributes);
        assert_eq!(numbers, (32, 40, 48));
        assert_eq!(GptPartition::parse(&[0; 128]), None);
        assert_eq!(GptPartition::parse(&block()[..127]), None);
    }
}
