//! Group descriptors: `struct ext4_group_desc` in the kernel's `fs/ext4/ext4.h`.

use file_system::bytes::{position, u16_at, u32_at};
use file_system::{Error, ReadAt};

use crate::blocks::Blocks;
use crate::checksum::crc_16;
use crate::features::{GDT_CHECKSUM, META_BG, SPARSE_SUPER, SPARSE_SUPER_2};
use crate::superblock::{OFFSET, Superblock};

/// The offset in bytes of the checksum in a descriptor.
const CHECKSUM_OFFSET: usize = 0x1e;

/// Returns the number of the first block of the inodes of a group.
pub(crate) fn inode_table<R: ReadAt>(
    blocks: &Blocks<R>,
    superblock: &Superblock,
    group: u32,
) -> Result<u64, Error> {
    let size = u64::from(superblock.descriptor_size);
    let in_block = superblock.block_size / size;
    let number = u64::from(group) / in_block;
    let block = blocks.get(descriptor_block(superblock, number, in_block)?)?;
    let start = usize::try_from(u64::from(group) % in_block * size).unwrap_or(usize::MAX);
    let descriptor = block.get(start..).unwrap_or_default();
    let descriptor = descriptor.get(..superblock.descriptor_size.into());
    let descriptor = descriptor.unwrap_or_default();
    verify_checksum(superblock, group, descriptor)?;
    let low = u64::from(u32_at(descriptor, 8)?);
    Ok(if descriptor.len() >= 64 {
        u64::from(u32_at(descriptor, 0x28)?) << 32 | low
    } else {
        low
    })
}

/// Returns the block that contains the block number `number` of descriptors, of which a block has `in_block`.
fn descriptor_block(superblock: &Superblock, number: u64, in_block: u64) -> Result<u64, Error> {
    // The block of the superblock.
    let first = OFFSET / superblock.block_size;
    let is_meta = superblock.has_incompatible(META_BG);
    if !is_meta || number < u64::from(superblock.first_meta_group) {
        return position(first + 1, number, 1);
    }
    let group = position(0, number, in_block)?;
    let start = position(superblock.first_block, group, superblock.blocks_per_group)?;
    let mut skip = u64::from(has_superblock(superblock, group));
    // Blocks of 1 KiB with clusters count from the block before the superblock.
    if number == 0 && first > superblock.first_block {
        skip += 1;
    }
    position(start, skip, 1)
}

/// Whether a copy of the superblock is at the beginning of a group.
fn has_superblock(superblock: &Superblock, group: u64) -> bool {
    if superblock.compatible & SPARSE_SUPER_2 != 0 {
        let backups = superblock.backup_groups;
        return group == 0 || backups.iter().any(|backup| u64::from(*backup) == group);
    }
    if group <= 1 || !superblock.has_read_only_compatible(SPARSE_SUPER) {
        return true;
    }
    [3, 5, 7].iter().any(|base| is_power(group, *base))
}

fn is_power(mut number: u64, base: u64) -> bool {
    while number > 1 && number % base == 0 {
        number /= base;
    }
    number == 1
}

fn verify_checksum(superblock: &Superblock, group: u32, descriptor: &[u8]) -> Result<(), Error> {
    let number = group.to_le_bytes();
    let found = if superblock.has_checksums() {
        let sum = superblock.seed.update(&number);
        sum.update_without(descriptor, CHECKSUM_OFFSET, 2).low()
    } else if superblock.has_read_only_compatible(GDT_CHECKSUM) {
        let (before, behind) = descriptor.split_at(CHECKSUM_OFFSET.min(descriptor.len()));
        let behind = behind.get(2..).unwrap_or_default();
        crc_16(&[&superblock.uuid, &number, before, behind])
    } else {
        return Ok(());
    };
    let expected = u16_at(descriptor, CHECKSUM_OFFSET)?;
    if found != expected {
        return Err(Error::corrupt(format!(
            "descriptor of group {group}: checksum {found:#06x}, expected {expected:#06x}"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::METADATA_CHECKSUM;
    use crate::superblock::tests::parse;

    #[test]
    fn descriptors_follow_the_superblock() {
        let superblock = parse(&[]).unwrap();
        let mut image = vec![0; 64 << 10];
        image[2048 + 32 + 8] = 9;
        image[2048 + 32 + 0x28] = 1;
        let blocks = Blocks::new(image, 1024, 64);
        assert_eq!(inode_table(&blocks, &superblock, 1).unwrap(), 9);
        assert_eq!(descriptor_block(&superblock, 3, 32).unwrap(), 5);
        let superblock = Superblock {
            block_size: 4096,
            first_block: 0,
            ..superblock
        };
        assert_eq!(descriptor_block(&superblock, 3, 128).unwrap(), 4);
    }

    #[test]
    fn meta_groups_contain_their_descriptors() {
        let words = [(0x60, META_BG), (0x64, SPARSE_SUPER), (0x104, 1)];
        let superblock = parse(&words).unwrap();
        let find = |number| descriptor_block(&superblock, number, 32).unwrap();
        assert_eq!(find(0), 2);
        // Behind the copy of the superblock only in groups that have one.
        assert_eq!(find(1), 1 + 32 * 8192);
        assert_eq!(descriptor_block(&superblock, 1, 27).unwrap(), 2 + 27 * 8192);
        let superblock = Superblock {
            first_block: 0,
            first_meta_group: 0,
            ..superblock
        };
        assert_eq!(descriptor_block(&superblock, 0, 32).unwrap(), 2);
    }

    #[test]
    fn some_groups_have_a_superblock() {
        let with = |words: &[(usize, u32)]| {
            let superblock = parse(words).unwrap();
            let groups = 0..50;
            let groups = groups.filter(|group| has_superblock(&superblock, *group));
            groups.collect::<Vec<_>>()
        };
        assert_eq!(with(&[]).len(), 50);
        assert_eq!(
            with(&[(0x64, SPARSE_SUPER)]),
            [0, 1, 3, 5, 7, 9, 25, 27, 49]
        );
        let words = [(0x5c, SPARSE_SUPER_2), (0x24c, 1), (0x250, 40)];
        assert_eq!(with(&words), [0, 1, 40]);
    }

    #[test]
    fn verifies_checksums() {
        let superblock = parse(&[(0x64, GDT_CHECKSUM)]).unwrap();
        let mut descriptor = [7; 64];
        let uuid = superblock.uuid;
        let parts = [&uuid[..], &[1, 0, 0, 0], &[7; 30], &[7; 32]];
        descriptor[0x1e..0x20].copy_from_slice(&crc_16(&parts).to_le_bytes());
        verify_checksum(&superblock, 1, &descriptor).unwrap();
        let superblock = Superblock {
            read_only_compatible: METADATA_CHECKSUM,
            ..superblock
        };
        let error = verify_checksum(&superblock, 1, &descriptor).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("descriptor of group 1"), "{message}");
        let sum = superblock.seed.update(&[1, 0, 0, 0]);
        let sum = sum.update_without(&descriptor, 0x1e, 2).low();
        descriptor[0x1e..0x20].copy_from_slice(&sum.to_le_bytes());
        verify_checksum(&superblock, 1, &descriptor).unwrap();
    }
}
