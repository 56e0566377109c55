//! Superblocks of the file systems that a root can have, and the marks of some that it cannot.

use crate::bytes::{array, u16_at, u32_at};
use crate::uuid;

/// How many bytes from the start of a device [`probe`] wants to see.
pub const PROBE_SIZE: usize = 4096;

/// What a device holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A file system that a root can have.
    Root(Superblock),
    /// Something else, by its usual name.
    Other(&'static str),
}

/// What a superblock says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superblock {
    /// The kernel's name of the file system: `erofs`, `ext4` (which ext2 and ext3 are too) or
    /// `squashfs`.
    pub kind: &'static str,
    /// Its label; none where it is empty, or not UTF-8, or the format has none.
    pub label: Option<String>,
    /// Its UUID in lower case; none where it is all zeros, or the format has none.
    pub uuid: Option<String>,
}

/// What begins with these bytes; none if it is unknown. More than [`PROBE_SIZE`] is not looked at.
pub fn probe(device: &[u8]) -> Option<Content> {
    let superblock = erofs(device)
        .or_else(|| ext4(device))
        .or_else(|| squashfs(device));
    match superblock {
        Some(superblock) => Some(Content::Root(superblock)),
        None => other(device).map(Content::Other),
    }
}

/// Where the superblocks of erofs and ext4 are.
const SUPERBLOCK: usize = 1024;

/// `struct erofs_super_block` in the kernel's `fs/erofs/erofs_fs.h`.
fn erofs(device: &[u8]) -> Option<Superblock> {
    let block = device.get(SUPERBLOCK..)?;
    (u32_at(block, 0)? == 0xe0f5_e1e2).then(|| Superblock {
        kind: "erofs",
        uuid: uuid_at(block, 48),
        label: label_at(block, 64),
    })
}

/// `struct ext4_super_block` in the kernel's `fs/ext4/ext4.h`.
fn ext4(device: &[u8]) -> Option<Superblock> {
    let block = device.get(SUPERBLOCK..)?;
    let log_block_size = u32_at(block, 0x18)?;
    // The magic number is short, so a second look: blocks are of 1 to 64 KiB.
    let is_ext4 = u16_at(block, 0x38)? == 0xef53 && log_block_size <= 6;
    is_ext4.then(|| Superblock {
        kind: "ext4",
        uuid: uuid_at(block, 0x68),
        label: label_at(block, 0x78),
    })
}

/// `struct squashfs_super_block` in the kernel's `fs/squashfs/squashfs_fs.h`.
fn squashfs(device: &[u8]) -> Option<Superblock> {
    (u32_at(device, 0)? == 0x7371_7368 && u16_at(device, 28)? == 4).then_some(Superblock {
        kind: "squashfs",
        uuid: None,
        label: None,
    })
}

/// Names for what people put where a root should be: where the mark is, and what it is.
const OTHERS: [(usize, &[u8], &str); 9] = [
    (0, b"XFSB", "xfs"),
    (SUPERBLOCK, &[0x10, 0x20, 0xf5, 0xf2], "f2fs"),
    (0, b"LUKS\xba\xbe", "LUKS encryption"),
    (0, &[0x3a, 0xff, 0x26, 0xed], "an Android sparse image"),
    (0, b"ANDROID!", "an Android boot image"),
    (PROBE_SIZE - 10, b"SWAPSPACE2", "swap space"),
    (82, b"FAT32   ", "vfat"),
    (512, b"EFI PART", "a partition table (GPT)"),
    // Last, as a boot sector of anything has it too.
    (510, &[0x55, 0xaa], "a boot sector or partition table (MBR)"),
];

fn other(device: &[u8]) -> Option<&'static str> {
    OTHERS
        .iter()
        .find(|(offset, mark, _)| device.get(*offset..).is_some_and(|at| at.starts_with(mark)))
        .map(|(_, _, name)| *name)
}

fn uuid_at(block: &[u8], offset: usize) -> Option<String> {
    array(block, offset)
        .filter(|bytes| *bytes != [0; 16])
        .map(uuid::text)
}

fn label_at(block: &[u8], offset: usize) -> Option<String> {
    let field: [u8; 16] = array(block, offset)?;
    let label = field.split(|byte| *byte == 0).next()?;
    let label = std::str::from_utf8(label).ok()?;
    (!label.is_empty()).then(|| label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device with these bytes at these offsets.
    fn device(parts: &[(usize, &[u8])]) -> Vec<u8> {
        let mut device = vec![0; PROBE_SIZE];
        for (offset, bytes) in parts {
            device[*offset..*offset + bytes.len()].copy_from_slice(bytes);
        }
        device
    }

    fn root(device: &[u8]) -> Superblock {
        match probe(device) {
            Some(Content::Root(superblock)) => superblock,
            found => panic!("{found:?}"),
        }
    }

    const EROFS: (usize, &[u8]) = (1024, &[0xe2, 0xe1, 0xf5, 0xe0]);
    const EXT4: (usize, &[u8]) = (1024 + 0x38, &[0x53, 0xef]);

    #[test]
    fn each_file_system_is_found_with_its_names() {
        let found = root(&device(&[
            EROFS,
            (1072, &[1; 16]),
            (1088, b"sixteen letters!\xff"),
        ]));
        assert_eq!(found.kind, "erofs");
        assert_eq!(found.label.as_deref(), Some("sixteen letters!"));
        let uuid = "01010101-0101-0101-0101-010101010101";
        assert_eq!(found.uuid.as_deref(), Some(uuid));

        let found = root(&device(&[
            EXT4,
            (1024 + 0x68, &[0xab]),
            (1024 + 0x78, b"a b"),
        ]));
        assert_eq!(found.kind, "ext4");
        assert_eq!(found.label.as_deref(), Some("a b"));
        assert!(found.uuid.unwrap().starts_with("ab000000-"));

        let found = root(&device(&[(0, b"hsqs"), (28, &[4])]));
        assert_eq!(found.kind, "squashfs");
        assert_eq!((found.label, found.uuid), (None, None));
    }

    #[test]
    fn what_is_empty_or_no_text_is_no_name() {
        let found = root(&device(&[EROFS, (1088, &[0xff; 16])]));
        assert_eq!((found.label, found.uuid), (None, None));
        assert_eq!(root(&device(&[EXT4])).label, None);
    }

    #[test]
    fn what_cannot_be_a_root_is_named() {
        for (offset, mark, name) in OTHERS {
            let found = probe(&device(&[(offset, mark)]));
            assert_eq!(found, Some(Content::Other(name)));
        }
    }

    #[test]
    fn the_rest_is_unknown() {
        assert_eq!(probe(&[]), None);
        assert_eq!(probe(&device(&[])), None);
        assert_eq!(
            probe(&device(&[(0, b"hsqs"), (28, &[3])])),
            None,
            "version 3"
        );
        let too_large = device(&[EXT4, (1024 + 0x18, &[7])]);
        assert_eq!(probe(&too_large), None, "blocks of 128 KiB");
    }

    #[test]
    fn a_short_device_is_no_problem() {
        let device = device(&[EROFS, (1088, b"label")]);
        for length in 0..device.len() {
            let found = probe(&device[..length]);
            assert_eq!(found.is_some(), length >= 1028, "{length}");
        }
    }
}
