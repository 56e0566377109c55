use super::*;
use crate::features::METADATA_CHECKSUM;
use crate::superblock::tests::parse as superblock;

/// An inode of `size` bytes with 16-bit fields at offsets.
fn bytes(size: usize, fields: &[(usize, u16)]) -> Vec<u8> {
    let mut bytes = vec![0; size];
    for (offset, value) in fields {
        bytes[*offset..][..2].copy_from_slice(&value.to_le_bytes());
    }
    bytes
}

fn parse(size: usize, fields: &[(usize, u16)]) -> Result<Inode, Error> {
    Inode::parse(&superblock(&[]).unwrap(), 12, &bytes(size, fields))
}

#[test]
fn reads_the_fields() {
    let fields = [
        (0, 0o104_755),
        (2, 1),
        (0x78, 2),
        (0x18, 3),
        (0x7a, 4),
        (4, 100),
        (0x6c, 1),
        (0x68, 7),
        (0x76, 1),
        (0x22, 8),
    ];
    let superblock = superblock(&[(0x60, IS_64_BIT)]).unwrap();
    let inode = Inode::parse(&superblock, 12, &bytes(128, &fields)).unwrap();
    assert_eq!(inode.metadata.file_type, FileType::Regular);
    assert_eq!(inode.metadata.permissions, 0o4755);
    assert_eq!(
        (inode.metadata.uid, inode.metadata.gid),
        (0x2_0001, 0x4_0003)
    );
    assert_eq!(inode.size, 0x1_0000_0064);
    assert_eq!(inode.metadata.size, inode.size);
    assert_eq!(inode.attribute_block, 0x1_0000_0007);
    assert!(inode.has(EXTENTS) && !inode.has(INLINE_DATA));
    assert!(inode.rest.is_empty());
}

#[test]
fn upper_bits_of_sizes_are_for_files_and_large_directories() {
    let fields = [(0, 0o40_000), (4, 100), (0x6c, 1)];
    let inode = parse(128, &fields).unwrap();
    assert_eq!((inode.size, inode.metadata.size), (100, 0));
    let superblock = superblock(&[(0x60, LARGE_DIR)]).unwrap();
    let inode = Inode::parse(&superblock, 12, &bytes(128, &fields)).unwrap();
    assert_eq!(inode.size, 0x1_0000_0064);
}

#[test]
fn times_have_34_bits_where_there_is_room() {
    for (size, extra, high, bits, expected) in [
        (128, 0, 0x8000, 0, -0x8000_0000),
        (256, 8, 0x8000, 1, -0x8000_0000),
        (256, 12, 0x8000, 1, 0x8000_0000),
        (256, 32, 0x8000, 0xff, 0x2_8000_0000),
        (256, 32, 0x7fff, 3, 0x3_7fff_0000),
    ] {
        let mut fields = vec![(0, 0o100_000), (0x12, high)];
        if size > 128 {
            fields.extend([(0x80, extra), (0x88, bits)]);
        }
        let found = parse(size, &fields).unwrap().metadata.modified;
        assert_eq!(found, expected, "{extra}");
    }
}

#[test]
fn reads_both_forms_of_device_numbers() {
    let device = |fields: &[(usize, u16)]| {
        let fields = [&[(0, 0o60_000)], fields].concat();
        parse(128, &fields).unwrap().metadata.device
    };
    assert_eq!(device(&[(0x28, 0x0501)]), Some((5, 1)));
    let new = [(0x2c, 0x0370), (0x2e, 0x1111)];
    assert_eq!(device(&new), Some((0x103, 0x1_1170)));
}

#[test]
fn short_targets_of_links_are_in_the_inode() {
    let is_short = |fields: &[(usize, u16)]| {
        let fields = [&[(0, 0o120_777)], fields].concat();
        parse(128, &fields).unwrap().is_short_link()
    };
    assert!(is_short(&[(4, 59)]));
    assert!(!is_short(&[(4, 60)]));
    assert!(!is_short(&[(4, 59), (0x22, 8)]));
}

#[test]
fn verifies_the_checksum() {
    let superblock = Superblock {
        read_only_compatible: METADATA_CHECKSUM,
        ..superblock(&[]).unwrap()
    };
    for (size, extra) in [(128, 0), (256, 0), (256, 32)] {
        let mut bytes = bytes(size, &[(0, 0o100_644)]);
        if size > 128 {
            bytes[128] = extra;
        }
        let seed = superblock.seed.update(&[12, 0, 0, 0]).update(&[0; 4]);
        let sum = seed.update(&bytes).value().to_le_bytes();
        bytes[CHECKSUM_LOW..][..2].copy_from_slice(&sum[..2]);
        if extra > 0 {
            bytes[CHECKSUM_HIGH..][..2].copy_from_slice(&sum[2..]);
        }
        let inode = Inode::parse(&superblock, 12, &bytes).unwrap();
        assert_eq!(inode.seed, Some(seed));
        bytes[2] = 1;
        let error = Inode::parse(&superblock, 12, &bytes).unwrap_err();
        assert!(error.to_string().contains("inode 12: checksum"), "{error}");
    }
}

#[test]
fn rejects_what_no_inode_has() {
    for (fields, words) in [
        (&[(0, 0)][..], "inode 12: mode 0o0"),
        (&[(0, 0o30_000)], "mode 0o30000"),
        (
            &[(0, 0o100_000), (0x6e, 0x8000)],
            "size 9223372036854775808",
        ),
        (&[(0x80, 6)], "6 bytes of extra fields"),
        (&[(0x80, 132)], "132 bytes of extra fields"),
    ] {
        let message = parse(256, fields).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }
    assert!(parse(20, &[]).is_err());
    let superblock = superblock(&[]).unwrap();
    let blocks = Blocks::new(vec![0; 64 << 10], 1024, 64);
    for number in [0, 33, u32::MAX] {
        let error = Inode::read(&blocks, &superblock, number).unwrap_err();
        assert!(error.to_string().contains("expected 1 to 32"), "{error}");
    }
}

/// An empty map of a regular file with a size, without checksums.
pub(crate) fn regular(size: u64) -> Inode {
    let mut inode = parse(128, &[(0, 0o100_644)]).unwrap();
    inode.size = size;
    inode.metadata.size = inode.size;
    inode
}
