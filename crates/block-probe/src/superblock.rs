//! Superblocks of the supported file systems, and the magic numbers of other formats.

use crate::bytes::{array_at, u16_at, u32_at};
use crate::uuid::format_uuid;

/// The number of bytes from the start of a device that [`probe`] needs: up to the magic number of btrfs.
pub const PROBE_SIZE: usize = BTRFS_MAGIC_OFFSET + 8;

/// The content of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A file system that is supported as the root.
    Root(Superblock),
    /// A recognized format that is not supported, by its name for messages.
    Other(&'static str),
}

/// The properties of a file system, from its superblock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superblock {
    /// The kernel's name of the file system: `erofs`, `ext4` (which ext2 and ext3 are too) or
    /// `squashfs`.
    pub kind: &'static str,
    /// The label; `None` if it is empty, or not UTF-8, or the format has none.
    pub label: Option<String>,
    /// The UUID in lower case; `None` if it is all zeros, or the format has none.
    pub uuid: Option<String>,
    /// A problem that a user should know about, as a phrase with what to do.
    pub warning: Option<&'static str>,
}

/// Recognizes the content of a device from its first [`PROBE_SIZE`] bytes, or fewer if the device is
/// smaller; `None` if it is not recognized.
pub fn probe(device: &[u8]) -> Option<Content> {
    let superblock = probe_erofs(device)
        .or_else(|| probe_ext4(device))
        .or_else(|| probe_squashfs(device));
    match superblock {
        Some(superblock) => Some(Content::Root(superblock)),
        None => probe_other(device).map(Content::Other),
    }
}

/// The offset in bytes of the superblocks of erofs, ext4 and f2fs.
const SUPERBLOCK_OFFSET: usize = 1024;

/// `struct erofs_super_block` in the kernel's `fs/erofs/erofs_fs.h`.
fn probe_erofs(device: &[u8]) -> Option<Superblock> {
    let block = device.get(SUPERBLOCK_OFFSET..)?;
    (u32_at(block, 0)? == 0xe0f5_e1e2).then(|| Superblock {
        kind: "erofs",
        uuid: uuid_at(block, 48),
        label: label_at(block, 64),
        warning: None,
    })
}

/// `struct ext4_super_block` in the kernel's `fs/ext4/ext4.h`.
fn probe_ext4(device: &[u8]) -> Option<Superblock> {
    let block = device.get(SUPERBLOCK_OFFSET..)?;
    let log_block_size = u32_at(block, 0x18)?;
    // Two bytes of magic number are little evidence, so check the block size too: 1 to 64 KiB.
    let is_ext4 = u16_at(block, 0x38)? == 0xef53 && log_block_size <= 6;
    let features = u32_at(block, 0x60)?;
    let warning = EXT4_FEATURES
        .iter()
        .find(|(bit, _)| features & bit != 0)
        .map(|(_, warning)| *warning);
    is_ext4.then(|| Superblock {
        kind: "ext4",
        uuid: uuid_at(block, 0x68),
        label: label_at(block, 0x78),
        warning,
    })
}

/// Incompatible features (`EXT4_FEATURE_INCOMPAT_*` in the kernel's `fs/ext4/ext4.h`) and their warnings.
const EXT4_FEATURES: [(u32, &str); 3] = [
    (
        0x4,
        "not unmounted cleanly, and the journal is not replayed; run e2fsck",
    ),
    (
        0x1_0000,
        "encrypted files cannot be read; remove the feature encrypt",
    ),
    (
        0x2_0000,
        "overlayfs refuses the feature casefold before Linux 6.17; create the file system without it",
    ),
];

/// `struct squashfs_super_block` in the kernel's `fs/squashfs/squashfs_fs.h`.
fn probe_squashfs(device: &[u8]) -> Option<Superblock> {
    (u32_at(device, 0)? == 0x7371_7368 && u16_at(device, 28)? == 4).then_some(Superblock {
        kind: "squashfs",
        uuid: None,
        label: None,
        warning: None,
    })
}

/// The offset in bytes of the magic number of btrfs: `struct btrfs_super_block` in the kernel's
/// `include/uapi/linux/btrfs_tree.h`, at 64 KiB.
const BTRFS_MAGIC_OFFSET: usize = (64 << 10) + 64;

/// Formats that are often found in place of a root file system: offset, magic number, name.
const OTHER_FORMATS: [(usize, &[u8], &str); 13] = [
    (0, b"XFSB", "xfs"),
    (BTRFS_MAGIC_OFFSET, b"_BHRfS_M", "btrfs"),
    (SUPERBLOCK_OFFSET, &[0x10, 0x20, 0xf5, 0xf2], "f2fs"),
    (0, b"LUKS\xba\xbe", "LUKS encryption"),
    (512 + 24, b"LVM2 001", "a physical volume (LVM)"),
    (0, &[0x3a, 0xff, 0x26, 0xed], "an Android sparse image"),
    (0, b"ANDROID!", "an Android boot image"),
    (4096 - 10, b"SWAPSPACE2", "swap space"),
    (54, b"FAT12   ", "vfat"),
    (54, b"FAT16   ", "vfat"),
    (82, b"FAT32   ", "vfat"),
    (512, b"EFI PART", "a partition table (GPT)"),
    // Last, because boot sectors of other formats have it too.
    (510, &[0x55, 0xaa], "a boot sector or partition table (MBR)"),
];

fn probe_other(device: &[u8]) -> Option<&'static str> {
    OTHER_FORMATS
        .iter()
        .find(|(offset, magic, _)| {
            let bytes = device.get(*offset..);
            bytes.is_some_and(|bytes| bytes.starts_with(magic))
        })
        .map(|(_, _, name)| *name)
}

fn uuid_at(block: &[u8], offset: usize) -> Option<String> {
    array_at(block, offset)
        .filter(|bytes| *bytes != [0; 16])
        .map(format_uuid)
}

fn label_at(block: &[u8], offset: usize) -> Option<String> {
    let field: [u8; 16] = array_at(block, offset)?;
    let label = field.split(|byte| *byte == 0).next()?;
    let label = std::str::from_utf8(label).ok()?;
    (!label.is_empty()).then(|| label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A zeroed device with these bytes at these offsets.
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
    fn recognizes_file_systems_with_label_and_uuid() {
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
        assert!(found.uuid.as_ref().unwrap().starts_with("ab000000-"));

        assert_eq!(found.warning, None);

        let found = root(&device(&[(0, b"hsqs"), (28, &[4])]));
        assert_eq!(found.kind, "squashfs");
        assert_eq!((found.label, found.uuid), (None, None));
    }

    #[test]
    fn warns_about_features_of_ext4() {
        let warning = |features: u32| {
            let device = device(&[EXT4, (1024 + 0x60, &features.to_le_bytes())]);
            root(&device).warning
        };
        assert_eq!(warning(0x2c2), None);
        assert!(warning(0x2c6).unwrap().contains("e2fsck"));
        assert!(warning(0x2_0000).unwrap().contains("casefold"));
        assert!(warning(0x1_0000).unwrap().contains("encrypt"));
    }

    #[test]
    fn empty_or_invalid_labels_and_uuids_are_none() {
        let found = root(&device(&[EROFS, (1088, &[0xff; 16])]));
        assert_eq!((found.label, found.uuid), (None, None));
        assert_eq!(root(&device(&[EXT4])).label, None);
    }

    #[test]
    fn names_unsupported_formats() {
        for (offset, magic, name) in OTHER_FORMATS {
            let found = probe(&device(&[(offset, magic)]));
            assert_eq!(found, Some(Content::Other(name)));
        }
    }

    #[test]
    fn other_content_is_not_recognized() {
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
    fn probes_devices_of_any_length() {
        let device = device(&[EROFS, (1088, b"label")]);
        for length in 0..device.len() {
            let found = probe(&device[..length]);
            assert_eq!(found.is_some(), length >= 1028, "{length}");
        }
    }
}
