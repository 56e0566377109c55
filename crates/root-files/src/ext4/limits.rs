//! Checks before ext4-view allocates by sizes in the image: `struct ext4_super_block`,
//! `struct ext4_group_desc` and `struct ext4_inode` in the kernel's `fs/ext4/ext4.h`.

use file_system::Error;
use read_at::ReadAt;

/// The offset of the superblock, and the size of the part that is used here, in bytes.
const SUPERBLOCK: (u64, usize) = (1024, 1024);
/// Of block groups, which ext4-view keeps in memory: 32 TiB with blocks of 4 KiB.
const MAX_GROUPS: u64 = 1 << 18;
/// Of blocks in the journal, as ext4-view keeps the number of each: 2 GiB with blocks of 4 KiB. Journals
/// have up to 1 GiB by default.
const MAX_JOURNAL: u64 = 1 << 19;
/// The features "has_journal" (compatible), and "needs_recovery" and "64bit" (incompatible).
const HAS_JOURNAL: u32 = 0x4;
const NEEDS_RECOVERY: u32 = 0x4;
const IS_64_BIT: u32 = 0x80;

/// Checks the sizes in the superblock, and of a journal that has to be replayed. Returns the size of a
/// block in bytes.
pub(super) fn check(image: &dyn ReadAt) -> Result<u64, Error> {
    let superblock = read(image, SUPERBLOCK.0, SUPERBLOCK.1)?;
    let word = |offset| u64::from(u32_at(&superblock, offset));
    let corrupt = |what: String| Error::corrupt(format!("superblock: {what}"));

    let log_block_size = word(0x18);
    if log_block_size > 6 {
        let what = format!("block size 2^({log_block_size} + 10), expected up to 2^16 bytes");
        return Err(corrupt(what));
    }
    let block_size = 1024 << log_block_size;
    let is_64_bit = u32_at(&superblock, 0x60) & IS_64_BIT != 0;
    let blocks = word(4) | if is_64_bit { word(0x150) << 32 } else { 0 };
    let size = image.size();
    if blocks > size / block_size {
        let what = format!("{blocks} blocks of {block_size} bytes, the image has {size} bytes");
        return Err(corrupt(what));
    }
    let groups = blocks.div_ceil(word(0x20).max(1));
    if groups > MAX_GROUPS {
        let what = format!("{groups} groups of blocks, more than {MAX_GROUPS}");
        return Err(Error::TooLarge(what));
    }
    let has_journal = u32_at(&superblock, 0x5c) & HAS_JOURNAL != 0;
    if has_journal && u32_at(&superblock, 0x60) & NEEDS_RECOVERY != 0 {
        let blocks = journal_size(image, &superblock, block_size)?.div_ceil(block_size);
        if blocks > MAX_JOURNAL {
            let what = format!("a journal of {blocks} blocks, more than {MAX_JOURNAL}");
            return Err(Error::TooLarge(what));
        }
    }
    Ok(block_size)
}

/// Returns the size of the journal in bytes, from its inode.
fn journal_size(image: &dyn ReadAt, superblock: &[u8], block_size: u64) -> Result<u64, Error> {
    let word = |offset| u64::from(u32_at(superblock, offset));
    let inode_size = word(0x58) & 0xffff;
    let is_64_bit = word(0x60) & u64::from(IS_64_BIT) != 0;
    let descriptor_size = if is_64_bit { word(0xfc) >> 16 } else { 32 };
    let inodes_per_group = word(0x28).max(1);
    let inode = word(0xe0).saturating_sub(1);

    let descriptors = if block_size == 1024 { 2048 } else { block_size };
    let group = inode / inodes_per_group;
    let descriptor = read(image, descriptors + group * descriptor_size, 64)?;
    let high = if is_64_bit {
        u64::from(u32_at(&descriptor, 0x28)) << 32
    } else {
        0
    };
    let table = (u64::from(u32_at(&descriptor, 8)) | high).saturating_mul(block_size);
    let offset = table.saturating_add(inode % inodes_per_group * inode_size);
    let inode = read(image, offset, 128)?;
    Ok(u64::from(u32_at(&inode, 4)) | u64::from(u32_at(&inode, 0x6c)) << 32)
}

fn read(image: &dyn ReadAt, offset: u64, size: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; size];
    image.read_exact_at(&mut bytes, offset)?;
    Ok(bytes)
}

fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    let field = bytes.get(offset..).and_then(|bytes| bytes.first_chunk());
    field.copied().map(u32::from_le_bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An image of 64 blocks of 1 KiB in one group, with these words in its superblock.
    fn image(words: &[(usize, u32)]) -> Vec<u8> {
        let mut image = vec![0; 64 << 10];
        let mut put = |offset: usize, value: u32| {
            image[1024 + offset..][..4].copy_from_slice(&value.to_le_bytes());
        };
        for (offset, value) in [(4, 64), (0x20, 8192), (0x28, 16), (0x58, 128), (0xe0, 8)] {
            put(offset, value);
        }
        for (offset, value) in words {
            put(*offset, *value);
        }
        image
    }

    #[test]
    fn rejects_sizes_beyond_the_image_or_the_limits() {
        assert_eq!(check(&image(&[])).unwrap(), 1024);
        for (words, expected) in [
            (
                &[(4, 65)][..],
                "65 blocks of 1024 bytes, the image has 65536",
            ),
            (&[(0x60, IS_64_BIT), (0x150, 1)], "4294967360 blocks"),
            (&[(0x18, 7)], "block size 2^(7 + 10)"),
            (&[(0x18, u32::MAX)], "block size"),
        ] {
            let message = check(&image(words)).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        assert!(check(&vec![0; 2047]).is_err());
    }

    #[test]
    fn rejects_huge_journals() {
        let mut image = image(&[(0x5c, HAS_JOURNAL), (0x60, NEEDS_RECOVERY)]);
        image[2048 + 8] = 10;
        let size = (10 << 10) + 7 * 128 + 4;
        image[size + 3] = 0x20;
        check(&image).unwrap();
        image[size] = 1;
        let message = check(&image).unwrap_err().to_string();
        assert!(message.contains("a journal of 524289 blocks"), "{message}");
    }
}
