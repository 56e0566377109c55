use super::*;
use crate::test_data;

fn superblock() -> Superblock {
    Superblock {
        inode_base: 4096,
        epoch: 1_000_000,
        ..test_data::superblock()
    }
}

/// An inode with 16-bit fields at offsets.
fn bytes(size: usize, fields: &[(usize, u16)]) -> Vec<u8> {
    let mut bytes = vec![0; size];
    for (offset, value) in fields {
        bytes[*offset..][..2].copy_from_slice(&value.to_le_bytes());
    }
    bytes
}

fn parse(size: usize, fields: &[(usize, u16)]) -> Result<Inode, Error> {
    Inode::parse(&superblock(), 3, &bytes(size, fields))
}

#[test]
fn reads_a_compact_inode() {
    let fields = [
        (0, 4),
        (2, 3),
        (4, 0o104_755),
        (8, 100),
        (12, 7),
        (24, 5),
        (26, 6),
    ];
    let inode = parse(COMPACT_SIZE, &fields).unwrap();
    assert_eq!(inode.layout, DataLayout::Inline);
    assert_eq!(inode.metadata.file_type, FileType::Regular);
    assert_eq!(inode.metadata.permissions, 0o4755);
    assert_eq!((inode.metadata.uid, inode.metadata.gid), (5, 6));
    assert_eq!(inode.metadata.modified, 1_000_007);
    assert_eq!((inode.metadata.size, inode.size), (100, 100));
    assert_eq!(inode.attributes, 4096 + 3 * 32 + 32);
    assert_eq!(inode.end().unwrap(), inode.attributes + 20);
}

#[test]
fn reads_an_extended_inode() {
    let fields = [
        (0, 9),
        (4, 0o40_000),
        (12, 1),
        (26, 1),
        (30, 2),
        (36, 1),
        (16, 9),
        (6, 8),
    ];
    let inode = parse(EXTENDED_SIZE, &fields).unwrap();
    assert_eq!(inode.layout, DataLayout::Chunks);
    assert_eq!(inode.metadata.uid, 0x1_0000);
    assert_eq!(inode.metadata.gid, 0x2_0000);
    assert_eq!(inode.metadata.modified, 0x1_0000_0000);
    assert_eq!((inode.metadata.size, inode.size), (0, 0x1_0000_0000));
    assert_eq!(inode.start, Some(0x8_0000_0009));
}

#[test]
fn all_ones_are_a_hole() {
    for (format, high, expected) in [
        (0, 0, None),
        (0, 1, None),
        (0x10, 0xffff, None),
        (0x10, 1, Some(0x1_ffff_ffff)),
    ] {
        let fields = [
            (0, format),
            (4, 0o100_000),
            (6, high),
            (16, 0xffff),
            (18, 0xffff),
        ];
        let inode = parse(COMPACT_SIZE, &fields).unwrap();
        assert_eq!(inode.start, expected, "{format} {high}");
    }
}

#[test]
fn splits_numbers_of_devices() {
    let fields = [(0, 0), (4, 0o60_000), (16, 0x0370), (18, 0x1111)];
    let inode = parse(COMPACT_SIZE, &fields).unwrap();
    assert_eq!(inode.metadata.device, Some((0x103, 0x1_1170)));
    assert_eq!(inode.metadata.file_type, FileType::BlockDevice);
}

#[test]
fn locates_inodes() {
    let mut superblock = superblock();
    let locate = |superblock: &Superblock, nid| Inode::locate(superblock, nid);
    let found = locate(&superblock, 2).unwrap();
    assert_eq!(found, (Area::Image, 4096 + 64));
    let found = locate(&superblock, IN_METABOX | 2).unwrap();
    assert_eq!(found, (Area::Metabox, 64));
    superblock.inode_base = -4096;
    assert_eq!(locate(&superblock, 128).unwrap().1, 0);
    assert!(locate(&superblock, 127).is_err());
    assert!(locate(&superblock, IN_METABOX - 1).is_err());
}

#[test]
fn rejects_what_no_inode_has() {
    for (fields, words) in [
        (&[(0, 0x20)][..], "inode format 0x20"),
        (&[(0, 0xa)], "inode format 0xa"),
        (&[(4, 0o30_000)], "mode 0o30000"),
        (&[(0, 1), (4, 0o40_000), (14, 0x8000)], "size 9223"),
    ] {
        let message = parse(EXTENDED_SIZE, fields).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }
    assert!(parse(20, &[(4, 0o40_000)]).is_err());
}
