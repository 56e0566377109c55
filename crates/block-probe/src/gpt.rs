//! The GUID partition table. Source of the format: UEFI specification 2.10, section 5.3.
//!
//! Only the table at the start of the disk is read: the kernel, which made the partitions, has
//! checked it.

use crate::bytes::{array, u32_at, u64_at};
use crate::uuid::guid_text;

/// Where on the disk the entries of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GptEntries {
    block: u64,
    count: u32,
    size: u32,
}

/// A partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GptEntry {
    /// Its `PARTUUID`, in lower case.
    pub uuid: String,
    /// Its `PARTLABEL`; may be empty. What is no UTF-16 is replaced.
    pub name: String,
}

/// The part of an entry that has a meaning. The rest, if any, is reserved.
const ENTRY_SIZE: u32 = 128;
/// The largest size of an entry that is believed.
const LARGEST_ENTRY_SIZE: u32 = 4096;

impl GptEntries {
    /// From the disk's second logical block, which holds the header; none if it does not.
    pub fn read(header: &[u8]) -> Option<Self> {
        let entries = GptEntries {
            block: u64_at(header, 72)?,
            count: u32_at(header, 80)?,
            size: u32_at(header, 84)?,
        };
        let is_gpt = header.starts_with(b"EFI PART")
            && (ENTRY_SIZE..=LARGEST_ENTRY_SIZE).contains(&entries.size);
        is_gpt.then_some(entries)
    }

    /// At which byte of the disk the entry of a partition is, which is counted from 1, on a disk
    /// with blocks of `block_size` bytes; none where there is no such entry.
    pub fn offset(&self, partition: u32, block_size: u64) -> Option<u64> {
        let index = partition
            .checked_sub(1)
            .filter(|index| *index < self.count)?;
        let start = self.block.checked_mul(block_size)?;
        start.checked_add(u64::from(index) * u64::from(self.size))
    }
}

impl GptEntry {
    /// How many bytes an entry has that are read here.
    pub const SIZE: usize = ENTRY_SIZE as usize;

    /// From an entry's bytes; none where it is unused.
    pub fn read(entry: &[u8]) -> Option<Self> {
        let kind: [u8; 16] = array(entry, 0)?;
        let uuid = guid_text(array(entry, 16)?);
        let name: [u8; 72] = array(entry, 56)?;
        let units: Vec<u16> = name
            .chunks_exact(2)
            .filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?)))
            .take_while(|unit| *unit != 0)
            .collect();
        (kind != [0; 16]).then(|| GptEntry {
            uuid,
            name: String::from_utf16_lossy(&units),
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
        let entries = GptEntries::read(&header(2, 4, 128)).unwrap();
        assert_eq!(entries.offset(1, 512), Some(1024));
        assert_eq!(entries.offset(4, 4096), Some(8192 + 3 * 128));
        assert_eq!(entries.offset(0, 512), None);
        assert_eq!(entries.offset(5, 512), None);
    }

    #[test]
    fn no_number_overflows() {
        let entries = GptEntries::read(&header(u64::MAX, u32::MAX, 4096)).unwrap();
        assert_eq!(entries.offset(1, 512), None);
        let entries = GptEntries::read(&header(u64::MAX, u32::MAX, 4096)).unwrap();
        assert_eq!(entries.offset(u32::MAX, 1), None);
    }

    #[test]
    fn other_blocks_are_no_headers() {
        assert_eq!(GptEntries::read(&header(2, 4, 127)), None);
        assert_eq!(GptEntries::read(&header(2, 4, 1 << 20)), None);
        assert_eq!(GptEntries::read(&header(2, 4, 128)[..87]), None);
        assert_eq!(GptEntries::read(&[0; 512]), None);
    }

    #[test]
    fn an_entry_has_a_uuid_and_a_name() {
        let mut entry = [0; GptEntry::SIZE];
        assert_eq!(GptEntry::read(&entry), None, "unused");
        entry[0] = 1;
        entry[16] = 0x12;
        for (at, unit) in "sÿs".encode_utf16().enumerate() {
            entry[56 + 2 * at..][..2].copy_from_slice(&unit.to_le_bytes());
        }
        let found = GptEntry::read(&entry).unwrap();
        assert_eq!(found.uuid, "00000012-0000-0000-0000-000000000000");
        assert_eq!(found.name, "sÿs");
        assert_eq!(GptEntry::read(&entry[..127]), None);
    }
}
