//! The entries of a master boot record, and of the extended boot records that contain logical
//! partitions. Source of the format: the kernel's `block/partitions/msdos.c` and `include/linux/msdos_fs.h`.

use crate::bytes::{array_at, u32_at};
use crate::mbr::is_mbr;

/// An entry of a boot record. Its blocks have 512 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MbrEntry {
    /// The partition type; 0 is an unused entry.
    pub kind: u8,
    /// The first block, counted from the boot record that has the entry; in an entry for a further
    /// extended boot record, from the beginning of the extended partition.
    pub start: u32,
    /// The number of blocks; 0 is an unused entry.
    pub blocks: u32,
    /// Whether the entry is marked as active.
    pub is_bootable: bool,
}

impl MbrEntry {
    /// Whether the partition contains logical partitions (DOS, Windows 95, Linux).
    pub fn is_extended(self) -> bool {
        matches!(self.kind, 0x05 | 0x0f | 0x85)
    }

    /// Whether the entry describes a partition.
    pub fn is_used(self) -> bool {
        self.kind != 0 && self.blocks != 0
    }
}

/// Parses the four entries of a master or extended boot record from its 512 bytes; `None` if it lacks
/// the signature, or has an entry that is marked neither active nor inactive, as boot sectors of file
/// systems do.
pub fn mbr_entries(sector: &[u8]) -> Option<[MbrEntry; 4]> {
    const UNUSED: MbrEntry = MbrEntry {
        kind: 0,
        start: 0,
        blocks: 0,
        is_bootable: false,
    };
    if !is_mbr(sector) {
        return None;
    }
    let mut entries = [UNUSED; 4];
    for (place, bytes) in entries.iter_mut().zip(sector.get(446..)?.chunks(16)) {
        let [active, _, _, _, kind] = array_at(bytes, 0)?;
        let is_bootable = match active {
            0 => false,
            0x80 => true,
            _ => return None,
        };
        *place = MbrEntry {
            kind,
            start: u32_at(bytes, 8)?,
            blocks: u32_at(bytes, 12)?,
            is_bootable,
        };
    }
    Some(entries)
}

/// Returns the disk's signature, of which the `PARTUUID` of its partitions consists.
pub fn mbr_signature(sector: &[u8]) -> Option<u32> {
    u32_at(sector, 440).filter(|_| is_mbr(sector))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sector() -> [u8; 512] {
        let mut sector = [0; 512];
        sector[440..444].copy_from_slice(&[0x78, 0x56, 0x34, 0x12]);
        let entry = [0x80, 1, 1, 1, 0x83, 2, 2, 2, 0, 8, 0, 0, 1, 0, 1, 0];
        sector[446..462].copy_from_slice(&entry);
        sector[462 + 4] = 0x0f;
        sector[510..].copy_from_slice(&[0x55, 0xaa]);
        sector
    }

    #[test]
    fn reads_entries_and_signature() {
        let [first, second, ..] = mbr_entries(&sector()).unwrap();
        let expected = MbrEntry {
            kind: 0x83,
            start: 2048,
            blocks: 0x1_0001,
            is_bootable: true,
        };
        assert_eq!(first, expected);
        assert!(first.is_used() && !first.is_extended());
        assert!(!second.is_used() && second.is_extended());
        assert_eq!(mbr_signature(&sector()), Some(0x1234_5678));
    }

    #[test]
    fn rejects_other_sectors() {
        let mut other = sector();
        other[446] = 1;
        assert_eq!(mbr_entries(&other), None);
        assert_eq!(mbr_entries(&sector()[..511]), None);
        assert_eq!(mbr_entries(&[0; 512]), None);
        assert_eq!(mbr_signature(&[0; 512]), None);
    }
}
