//! Features: `EXT4_FEATURE_*` in the kernel's `fs/ext4/ext4.h`.

use file_system::Error;

/// Compatible features.
pub(crate) const HAS_JOURNAL: u32 = 0x4;
pub(crate) const SPARSE_SUPER_2: u32 = 0x200;

/// Incompatible features.
pub(crate) const FILE_TYPE: u32 = 0x2;
pub(crate) const NEEDS_RECOVERY: u32 = 0x4;
pub(crate) const META_BG: u32 = 0x10;
pub(crate) const IS_64_BIT: u32 = 0x80;
pub(crate) const CHECKSUM_SEED: u32 = 0x2000;
pub(crate) const LARGE_DIR: u32 = 0x4000;

/// Features with which a kernel that does not know them only reads. Others do not matter here.
pub(crate) const SPARSE_SUPER: u32 = 0x1;
pub(crate) const GDT_CHECKSUM: u32 = 0x10;
pub(crate) const METADATA_CHECKSUM: u32 = 0x400;

/// Incompatible features that this crate reads: also those above, extents (0x40), mmp (0x100), flex_bg (0x200),
/// ea_inode (0x400), inline_data (0x8000), encrypt (0x10000), casefold (0x20000).
const READABLE: u32 = 0x3_e7d6;

/// Names of incompatible features that it does not read.
const UNREADABLE: [(u32, &str); 3] = [
    (0x1, "compression (e2compr)"),
    (0x8, "an external journal in place of files (journal_dev)"),
    (0x1000, "data in directory entries (dirdata)"),
];

/// Rejects incompatible features that this crate does not read.
pub(crate) fn check_incompatible(features: u32) -> Result<(), Error> {
    let unknown = features & !READABLE;
    let named = UNREADABLE.iter().find(|(bit, _)| unknown & bit != 0);
    match named {
        Some((bit, name)) => Err(Error::unsupported(format!(
            "ext4 with the incompatible feature {bit:#x}, {name}"
        ))),
        None if unknown != 0 => Err(Error::unsupported(format!(
            "ext4 with the unknown incompatible features {unknown:#x}"
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_features_by_name_or_bits() {
        check_incompatible(0x3_e7d6).unwrap();
        for (features, words) in [
            (0x3, "feature 0x1, compression (e2compr)"),
            (0x8, "(journal_dev)"),
            (0x1000, "dirdata"),
            (0xc4_0002, "unknown incompatible features 0xc40000"),
        ] {
            let message = check_incompatible(features).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }
}
