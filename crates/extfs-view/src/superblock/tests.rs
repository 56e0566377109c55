use super::*;

/// A volume of 64 blocks of 1 KiB in one group, with these words at offsets.
pub(crate) fn superblock(words: &[(usize, u32)]) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    let base = [
        (0, 32),
        (4, 64),
        (0x14, 1),
        (0x20, 8192),
        (0x28, 32),
        (0x38, MAGIC.into()),
        (0x4c, 1),
        (0x58, 256),
        (0xfc, 64 << 16),
    ];
    for (offset, word) in base.iter().chain(words) {
        bytes[*offset..][..4].copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

pub(crate) fn parse(words: &[(usize, u32)]) -> Result<Superblock, Error> {
    Superblock::parse(&superblock(words), 64 << 10)
}

#[test]
fn reads_the_fields() {
    let found = parse(&[(0x5c, 4), (0x60, 4), (0xe0, 8), (0x68, 0x0403_0201)]).unwrap();
    assert_eq!(
        (found.block_size, found.blocks, found.first_block),
        (1024, 64, 1)
    );
    assert_eq!((found.inode_size, found.descriptor_size), (256, 32));
    assert_eq!((found.inodes, found.inodes_per_group), (32, 32));
    assert_eq!((found.journal_inode, found.needs_recovery()), (8, true));
    assert_eq!(found.uuid[..4], [1, 2, 3, 4]);
    assert_eq!(found.seed, Checksum::EMPTY.update(&found.uuid));
    assert!(!parse(&[(0x5c, 0), (0x60, 4)]).unwrap().needs_recovery());
}

#[test]
fn old_revisions_have_inodes_of_128_bytes() {
    assert_eq!(parse(&[(0x4c, 0)]).unwrap().inode_size, 128);
}

#[test]
fn features_decide_which_fields_count() {
    let found = parse(&[(0x60, IS_64_BIT | CHECKSUM_SEED), (0x270, 5)]).unwrap();
    assert_eq!(found.descriptor_size, 64);
    assert_eq!(found.seed, Checksum::from_value(5));
    assert_eq!(parse(&[(0x150, 1)]).unwrap().blocks, 64);
    let error = parse(&[(0x60, IS_64_BIT), (0x150, 1)]).unwrap_err();
    assert!(
        error.to_string().contains("4294967360 blocks of 1024"),
        "{error}"
    );
}

#[test]
fn verifies_the_checksum() {
    let words = [(0x64, METADATA_CHECKSUM), (0x174, 0x100)];
    let mut bytes = superblock(&words);
    let sum = Checksum::EMPTY.update(&bytes[..CHECKSUM_OFFSET]).value();
    bytes[CHECKSUM_OFFSET..].copy_from_slice(&sum.to_le_bytes());
    Superblock::parse(&bytes, 64 << 10).unwrap();
    bytes[0x78] ^= 1;
    let error = Superblock::parse(&bytes, 64 << 10).unwrap_err();
    assert!(error.to_string().contains("superblock: CRC-32C"), "{error}");
    let error = parse(&words[..1]).unwrap_err();
    assert!(error.to_string().contains("algorithm 0"), "{error}");
}

#[test]
fn rejects_what_it_does_not_read() {
    for (words, expected) in [
        (&[(0x38, 0)][..], "magic number 0x0000, expected 0xef53"),
        (&[(0x60, 1)], "e2compr"),
        (&[(0x18, 7)], "block size 2^(7 + 10)"),
        (&[(0x18, u32::MAX)], "block size"),
        (&[(4, 65)], "65 blocks of 1024 bytes, the image has 65536"),
        (&[(0x14, 64)], "first block 64 of 64"),
        (&[(0x20, 0)], "0 blocks or inodes"),
        (&[(0x28, 0)], "0 blocks or inodes"),
        (&[(0x58, 64)], "inode size 64"),
        (&[(0x58, 192)], "inode size 192"),
        (&[(0x58, 2048)], "inode size 2048"),
        (&[(0x60, 0x80), (0xfc, 0)], "descriptor size 0"),
    ] {
        let message = parse(words).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}
