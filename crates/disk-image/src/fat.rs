//! Recognizes FAT: Microsoft's "FAT32 File System Specification" 1.03 (`fatgen103`), "Boot Sector and BPB".

use block_probe::Superblock;

/// Recognizes FAT12, FAT16 or FAT32 from the first 512 bytes.
pub(crate) fn probe(device: &[u8]) -> Option<Superblock> {
    let sector: &[u8; 512] = device.first_chunk()?;
    let [0xeb | 0xe9, ..] = sector else {
        return None;
    };
    let word = |at: usize| Some(u16::from_le_bytes([*sector.get(at)?, *sector.get(at + 1)?]));
    let [cluster, fats, media] = [sector[13], sector[16], sector[21]];
    let is_fat = matches!(word(11)?, 512 | 1024 | 2048 | 4096)
        && cluster.is_power_of_two()
        && word(14)? > 0
        && (1..=2).contains(&fats)
        && matches!(media, 0xf0 | 0xf8..)
        && word(510)? == 0xaa55;
    // Only FAT32 has no size of a FAT in 16 bits, and has the other fields behind that in 32 bits.
    let fields = if word(22)? == 0 { 64 } else { 36 };
    let extended = sector.get(fields..fields + 26)?;
    let label = extended
        .get(7..18)
        .filter(|_| extended.get(2) == Some(&0x29));
    let serial = extended
        .get(3..7)
        .filter(|_| matches!(extended.get(2), Some(0x28 | 0x29)));
    is_fat.then(|| Superblock {
        kind: "vfat",
        label: label.and_then(parse_label),
        uuid: serial.and_then(format_serial),
        warning: None,
    })
}

/// The label, padded with spaces; that in the root directory, which may differ, is not read.
fn parse_label(field: &[u8]) -> Option<String> {
    let label = std::str::from_utf8(field)
        .ok()?
        .trim_end_matches([' ', '\0']);
    (!label.is_empty() && label != "NO NAME").then(|| label.to_owned())
}

/// The serial number, as `blkid` prints it as the UUID.
fn format_serial(field: &[u8]) -> Option<String> {
    let [a, b, c, d] = field.try_into().ok()?;
    Some(format!("{d:02X}{c:02X}-{b:02X}{a:02X}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sector(is_fat32: bool) -> [u8; 512] {
        let mut sector = [0; 512];
        sector[..3].copy_from_slice(&[0xeb, 0x3c, 0x90]);
        sector[11..17].copy_from_slice(&[0, 2, 4, 1, 0, 2]);
        sector[21] = 0xf8;
        sector[22] = u8::from(!is_fat32);
        let fields = if is_fat32 { 64 } else { 36 };
        sector[fields + 2..][..5].copy_from_slice(&[0x29, 0x78, 0x56, 0xcd, 0xab]);
        sector[fields + 7..][..11].copy_from_slice(b"BOOT       ");
        sector[510..].copy_from_slice(&[0x55, 0xaa]);
        sector
    }

    #[test]
    fn reads_label_and_serial_number() {
        for is_fat32 in [false, true] {
            let found = probe(&sector(is_fat32)).unwrap();
            assert_eq!(found.kind, "vfat");
            assert_eq!(found.label.as_deref(), Some("BOOT"));
            assert_eq!(found.uuid.as_deref(), Some("ABCD-5678"));
        }
        let mut unnamed = sector(true);
        unnamed[71..82].copy_from_slice(b"NO NAME    ");
        assert_eq!(probe(&unnamed).unwrap().label, None);
    }

    #[test]
    fn rejects_other_boot_sectors() {
        for (at, byte) in [
            (0, 0),
            (11, 1),
            (13, 3),
            (14, 0),
            (16, 3),
            (21, 0xf1),
            (510, 0),
        ] {
            let mut other = sector(true);
            other[at] = byte;
            assert_eq!(probe(&other), None, "{at}");
        }
        assert_eq!(probe(&sector(true)[..511]), None);
    }
}
