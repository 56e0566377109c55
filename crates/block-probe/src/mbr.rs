//! The master boot record, the PC's partition table.

use crate::bytes::{array_at, u32_at};

/// Returns the `PARTUUID` of the partition `number`, counted from 1, on a disk with an MBR, from the
/// disk's first 512 bytes; `None` if there is no MBR, or only a protective one of a GPT.
///
/// It consists of the disk's signature and the number, as in the kernel's
/// `block/partitions/msdos.c`.
pub fn mbr_partition_uuid(sector: &[u8], number: u32) -> Option<String> {
    let signature = u32_at(sector, 440)?;
    let is_mbr = is_mbr(sector) && !is_protective_mbr(sector);
    is_mbr.then(|| format!("{signature:08x}-{number:02x}"))
}

/// Whether a disk's first 512 bytes are an MBR that protects a GPT, alone or beside other partitions.
/// Otherwise the kernel does not use a GPT (`is_pmbr_valid()` in its `block/partitions/efi.c`).
pub fn is_protective_mbr(sector: &[u8]) -> bool {
    /// The partition type.
    const PROTECTIVE: u8 = 0xee;
    let entries = sector.get(446..510).unwrap_or_default();
    is_mbr(sector)
        && entries
            .chunks(16)
            .any(|entry| entry.get(4) == Some(&PROTECTIVE) && u32_at(entry, 8) == Some(1))
}

pub(crate) fn is_mbr(sector: &[u8]) -> bool {
    array_at(sector, 510) == Some([0x55, 0xaa])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sector(kind: u8) -> [u8; 512] {
        let mut sector = [0; 512];
        sector[440..444].copy_from_slice(&[0x78, 0x56, 0x34, 0x12]);
        sector[446 + 16 + 4] = kind;
        sector[446 + 16 + 8] = 1;
        sector[510..].copy_from_slice(&[0x55, 0xaa]);
        sector
    }

    #[test]
    fn uuid_consists_of_signature_and_number() {
        let uuid = mbr_partition_uuid(&sector(0x83), 12);
        assert_eq!(uuid.as_deref(), Some("12345678-0c"));
    }

    #[test]
    fn other_sectors_have_no_uuid() {
        assert!(is_protective_mbr(&sector(0xee)));
        assert_eq!(mbr_partition_uuid(&sector(0xee), 1), None);
        assert_eq!(mbr_partition_uuid(&[0; 512], 1), None);
        assert_eq!(mbr_partition_uuid(&sector(0x83)[..511], 1), None);
    }

    #[test]
    fn protective_entry_starts_at_block_1() {
        assert!(!is_protective_mbr(&sector(0x83)));
        assert!(!is_protective_mbr(&[]));
        let mut other = sector(0xee);
        other[446 + 16 + 8] = 2;
        assert!(!is_protective_mbr(&other));
    }
}
