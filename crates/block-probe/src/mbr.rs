//! The master boot record, the PC's partition table.

use crate::bytes::{array_at, u32_at};

/// Returns the `PARTUUID` of the partition `number`, counted from 1, on a disk with an MBR, from the
/// disk's first 512 bytes; `None` if there is no MBR, or only a protective one of a GPT.
///
/// It consists of the disk's signature and the number, as in the kernel's
/// `block/partitions/msdos.c`.
pub fn mbr_partition_uuid(sector: &[u8], number: u32) -> Option<String> {
    /// The partition type of a protective MBR.
    const PROTECTIVE: u8 = 0xee;
    let is_mbr = array_at(sector, 510)? == [0x55, 0xaa];
    let entries = sector.get(446..510)?;
    let is_gpt = entries
        .chunks(16)
        .any(|entry| entry.get(4) == Some(&PROTECTIVE));
    let signature = u32_at(sector, 440)?;
    (is_mbr && !is_gpt).then(|| format!("{signature:08x}-{number:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sector(kind: u8) -> [u8; 512] {
        let mut sector = [0; 512];
        sector[440..444].copy_from_slice(&[0x78, 0x56, 0x34, 0x12]);
        sector[446 + 4] = kind;
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
        assert_eq!(mbr_partition_uuid(&sector(0xee), 1), None);
        assert_eq!(mbr_partition_uuid(&[0; 512], 1), None);
        assert_eq!(mbr_partition_uuid(&sector(0x83)[..511], 1), None);
    }
}
