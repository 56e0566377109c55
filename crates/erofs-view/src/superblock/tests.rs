use super::*;

/// An image with a superblock in blocks of 4096 bytes.
fn image(fields: &[(usize, &[u8])]) -> Vec<u8> {
    let mut image = vec![0; 8192];
    let mut write = |offset: usize, bytes: &[u8]| {
        image[1024 + offset..][..bytes.len()].copy_from_slice(bytes);
    };
    write(0, &MAGIC.to_le_bytes());
    write(12, &[12]);
    for (offset, bytes) in fields {
        write(*offset, bytes);
    }
    image
}

fn message(fields: &[(usize, &[u8])]) -> String {
    Superblock::read(&image(fields)).unwrap_err().to_string()
}

#[test]
fn reads_the_fields() {
    let fields: [(usize, &[u8]); 9] = [
        (14, &[36, 0]),
        (24, &5_i64.to_le_bytes()),
        (40, &3_u32.to_le_bytes()),
        (44, &4_u32.to_le_bytes()),
        (8, &PLAIN_PREFIXES.to_le_bytes()),
        (80, &COMPRESSION_CONFIGURATIONS.to_le_bytes()),
        (84, &[0xa, 0]),
        (91, &[2, 7, 0, 0, 0]),
        (96, &[9]),
    ];
    let expected = Superblock {
        block_bits: 12,
        root_nid: 36,
        inode_base: 3 * 4096,
        shared_attributes: 4 * 4096,
        shared_attributes_in_metabox: false,
        epoch: 5,
        packed_nid: Some(9),
        metabox_nid: None,
        prefixes: (28, 2),
        has_plain_prefixes: true,
        algorithms: 0xa,
    };
    assert_eq!(Superblock::read(&image(&fields)).unwrap(), expected);
}

#[test]
fn wide_addresses_have_another_root() {
    let root = 0x1_0000_0000_u64.to_le_bytes();
    let fields: [(usize, &[u8]); 3] = [(80, &[0x80, 1]), (13, &[1]), (112, &root)];
    let superblock = Superblock::read(&image(&fields)).unwrap();
    assert_eq!(superblock.root_nid, 0x1_0000_0000);
    assert_eq!(superblock.metabox_nid, Some(0));
    assert_eq!(superblock.algorithms, LZ4);
}

#[test]
fn verifies_the_checksum() {
    let mut image = image(&[(8, &CHECKSUM.to_le_bytes())]);
    let message = Superblock::read(&image).unwrap_err().to_string();
    assert!(message.contains("expected 0x00000000"), "{message}");
    // The kernel skips the magic number and the checksum, with 0x5045b54a as the state behind them.
    let rest = crc::Crc::<u32>::new(&CRC_32_ISCSI);
    let mut digest = rest.digest_with_initial(0x5045_b54a_u32.reverse_bits());
    digest.update(&image[1024 + 8..4096]);
    let checksum = !digest.finalize();
    image[1024 + 4..][..4].copy_from_slice(&checksum.to_le_bytes());
    Superblock::read(&image).unwrap();
    image[4000] = 1;
    assert!(Superblock::read(&image).is_err());
}

#[test]
fn rejects_what_it_does_not_know() {
    for (fields, words) in [
        (&[(0, &[0; 4][..])][..], "magic number 0x00000000"),
        (&[(12, &[8])], "block size 2^8 bytes"),
        (&[(12, &[17])], "block size 2^17 bytes"),
        (&[(80, &[1, 2, 0, 0x80])], "features 0x80000200"),
        (&[(80, &[8]), (86, &[2])], "2 extra devices"),
        (&[(90, &[1])], "directory blocks of 2^1"),
        (&[(80, &[2]), (84, &[0x11])], "algorithms 0x10"),
        (&[(80, &[0, 1])], "128 bytes, expected 144"),
        (&[(103, &[0x80])], "is in the metabox"),
    ] {
        let message = message(fields);
        assert!(message.contains(words), "{message}");
    }
    assert!(Superblock::read(&vec![0; 1100]).is_err());
}
