use super::*;

fn put(disk: &mut [u8], at: u64, bytes: &[u8]) {
    disk[at as usize..][..bytes.len()].copy_from_slice(bytes);
}

/// A header in the block `own` for these entries, with its CRC.
fn header(entries: &[u8], block_size: u64, own: u64, entries_block: u64) -> Vec<u8> {
    let mut header = vec![0; block_size as usize];
    put(&mut header, 0, b"EFI PART\0\0\x01\0\x5c\0\0\0");
    put(&mut header, 24, &own.to_le_bytes());
    put(&mut header, 56, &[7; 16]);
    put(&mut header, 72, &entries_block.to_le_bytes());
    put(&mut header, 80, &[4, 0, 0, 0, 128, 0, 0, 0]);
    put(&mut header, 88, &CRC.checksum(entries).to_le_bytes());
    let crc = CRC.checksum(&header[..92]);
    put(&mut header, 16, &crc.to_le_bytes());
    header
}

/// A disk of 40 blocks with partitions at these blocks, and the name `p`.
fn disk(block_size: u64, partitions: &[(u64, u64)]) -> Vec<u8> {
    let mut disk = vec![0; 40 * block_size as usize];
    let mut entries = vec![0; 4 * 128];
    for (at, (first, last)) in (0..).step_by(128).zip(partitions) {
        put(&mut entries, at, &[0x11; 16]);
        put(&mut entries, at + 16, &[0x22; 16]);
        put(&mut entries, at + 32, &first.to_le_bytes());
        put(&mut entries, at + 40, &last.to_le_bytes());
        put(&mut entries, at + 48, &[4, 0, 0, 0, 0, 0, 0, 0x80, b'p', 0]);
    }
    put(&mut disk, block_size, &header(&entries, block_size, 1, 2));
    put(&mut disk, 2 * block_size, &entries);
    put(
        &mut disk,
        39 * block_size,
        &header(&entries, block_size, 39, 38),
    );
    put(&mut disk, 38 * block_size, &entries);
    disk
}

fn read(disk: &[u8]) -> Result<Option<PartitionTable>, String> {
    super::read(&disk.to_vec(), &mut |warning| panic!("{warning}"))
        .map_err(|error| error.to_string())
}

#[test]
fn reads_partitions_with_both_block_sizes() {
    for block_size in BLOCK_SIZES {
        let table = read(&disk(block_size, &[(6, 9), (10, 10)]))
            .unwrap()
            .unwrap();
        assert_eq!(table.block_size, block_size);
        assert_eq!(table.uuid, "07070707-0707-0707-0707-070707070707");
        let [first, second] = &table.partitions[..] else {
            panic!("{table:?}");
        };
        assert_eq!(first.to_string(), "partition 1 \"p\"");
        assert_eq!((first.start, first.size), (6 * block_size, 4 * block_size));
        assert_eq!(first.uuid, "22222222-2222-2222-2222-222222222222");
        assert_eq!(
            first.kind.to_string(),
            "11111111-1111-1111-1111-111111111111"
        );
        assert!(first.is_bootable);
        assert_eq!(first.attributes, 4 | 1 << 63);
        assert_eq!((second.number, second.size), (2, block_size));
    }
}

#[test]
fn uses_the_backup_with_a_warning() {
    for block_size in BLOCK_SIZES {
        for (at, words) in [
            (0, "missing"),
            (56, "header: CRC-32"),
            (block_size, "entries: CRC-32"),
        ] {
            let mut disk = disk(block_size, &[(6, 9)]);
            disk[(block_size + at) as usize] ^= 1;
            let mut warnings = Vec::new();
            let table = super::read(&disk, &mut |warning| warnings.push(warning)).unwrap();
            assert_eq!(table.unwrap().partitions.len(), 1);
            assert!(warnings[0].contains(words), "{warnings:?}");
            let last = disk.len() - 1;
            disk[39 * block_size as usize + 57] ^= 1;
            assert!(read(&disk).unwrap_err().contains("CRC-32"));
            assert!(read(&disk[..last]).is_err() || at == 0);
        }
    }
}

#[test]
fn rejects_invalid_partitions_by_name() {
    let error = |partitions: &[(u64, u64)]| read(&disk(512, partitions)).unwrap_err();
    assert_eq!(
        error(&[(6, 9), (9, 10)]),
        "GPT: partition 1 \"p\" overlaps partition 2 \"p\""
    );
    for range in [(6, 40), (7, 6), (0, u64::MAX), (u64::MAX, u64::MAX)] {
        assert!(error(&[range]).starts_with("GPT: partition 1 \"p\" has the blocks"));
    }
    assert!(read(&disk(512, &[(6, 9)])[..20 * 512]).unwrap().is_some());
    assert!(read(&disk(512, &[(6, 25)])[..20 * 512]).is_err());
}

#[test]
fn disks_without_a_table_have_none() {
    assert_eq!(read(&[]), Ok(None));
    assert_eq!(read(&[0; 600]), Ok(None));
    assert_eq!(read(&[0; 20_000]), Ok(None));
}

#[test]
fn rejects_invalid_headers() {
    let with = |at: u64, bytes: &[u8], fix: bool| {
        let mut disk = disk(512, &[(6, 9)]);
        disk.truncate(39 * 512);
        put(&mut disk, 512 + at, bytes);
        if fix {
            put(&mut disk, 512 + 16, &[0; 4]);
            let crc = CRC.checksum(&disk[512..512 + 92]);
            put(&mut disk, 512 + 16, &crc.to_le_bytes());
        }
        read(&disk).unwrap_err()
    };
    assert!(with(12, &[91], false).contains("91 bytes"));
    assert!(with(12, &[1, 2], false).contains("513 bytes"));
    assert!(with(24, &[2], true).contains("header of block 2 is in block 1"));
    assert!(with(72, &[39], true).contains("beyond the end"));
    assert!(with(72, &[0xff; 8], true).contains("beyond the end"));
    assert!(with(80, &[0xff; 4], true).contains("4 MiB"));
    assert!(with(84, &[64], true).contains("64 bytes"));
}
