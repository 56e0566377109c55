//! Maps of blocks without extents: direct, single, double and triple indirect blocks, as ext2 has them.
//! `Documentation/filesystems/ext4/ifork.rst` in the kernel.

use file_system::bytes::u32_at;
use file_system::{Error, ReadAt};

use crate::blocks::Blocks;
use crate::inode::Inode;
use crate::leaf::{Leaf, Run};

/// The number of direct blocks, and their size in bytes.
const DIRECT: u64 = 12;
const DIRECT_SIZE: usize = 48;
/// The number of levels of indirect blocks.
const LEVELS: usize = 3;
/// The size in bytes of the number of a block.
const NUMBER_SIZE: u64 = 4;

/// Returns the leaf with a block of a file.
pub(crate) fn leaf<R: ReadAt>(
    blocks: &Blocks<R>,
    inode: &Inode,
    number: u64,
) -> Result<Leaf, Error> {
    let (direct, indirect) = inode.map.split_at(DIRECT_SIZE);
    if number < DIRECT {
        return parse_leaf(blocks, direct, 0);
    }
    let in_block = blocks.block_size() / NUMBER_SIZE;
    // At most 2^14 to the power of 3.
    let (mut start, mut span) = (DIRECT, in_block);
    for level in 0..LEVELS {
        if number - start < span {
            let top = u32_at(indirect, level * NUMBER_SIZE as usize)?;
            return descend(blocks, top, number, start, span);
        }
        start += span;
        span *= in_block;
    }
    Ok(Leaf::hole(start, u64::MAX))
}

/// Returns the leaf with a block of a file below the block `top`, which maps `span` blocks from `start` on.
fn descend<R: ReadAt>(
    blocks: &Blocks<R>,
    top: u32,
    number: u64,
    mut start: u64,
    mut span: u64,
) -> Result<Leaf, Error> {
    let in_block = blocks.block_size() / NUMBER_SIZE;
    let mut block = top;
    while block != 0 {
        blocks.check_range(block.into(), 1)?;
        let bytes = blocks.get(block.into())?;
        span /= in_block;
        if span == 1 {
            return parse_leaf(blocks, &bytes, start);
        }
        let index = (number - start) / span;
        start += index * span;
        let offset = usize::try_from(index * NUMBER_SIZE).unwrap_or(usize::MAX);
        block = u32_at(&bytes, offset)?;
    }
    Ok(Leaf::hole(start, start + span))
}

/// Joins the numbers of blocks, of which 0 stands for a hole, to runs.
fn parse_leaf<R: ReadAt>(blocks: &Blocks<R>, bytes: &[u8], start: u64) -> Result<Leaf, Error> {
    let mut runs: Vec<Run> = Vec::new();
    let mut number = start;
    for field in bytes.chunks_exact(NUMBER_SIZE as usize) {
        let block = u64::from(u32_at(field, 0)?);
        match runs.last_mut() {
            _ if block == 0 => {}
            Some(run) if run.start + run.length == number && run.block + run.length == block => {
                run.length += 1;
            }
            _ => runs.push(Run {
                start: number,
                length: 1,
                block,
            }),
        }
        number += 1;
    }
    for run in &runs {
        blocks.check_range(run.block, run.length)?;
    }
    Ok(Leaf {
        start,
        end: number,
        runs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inode::tests::regular;

    /// Eight blocks of 1 KiB, with numbers of blocks at positions.
    fn blocks(numbers: &[(u64, u64, u32)]) -> Blocks<Vec<u8>> {
        let mut image = vec![0; 8 << 10];
        for (block, index, number) in numbers {
            let at = (block * 1024 + index * 4) as usize;
            image[at..at + 4].copy_from_slice(&number.to_le_bytes());
        }
        Blocks::new(image, 1024, 8)
    }

    fn inode(map: &[(usize, u8)]) -> Inode {
        let mut inode = regular(1 << 40);
        for (index, block) in map {
            inode.map[index * 4] = *block;
        }
        inode
    }

    #[test]
    fn direct_blocks_form_runs() {
        let inode = inode(&[(0, 3), (1, 4), (3, 5), (4, 2)]);
        let leaf = leaf(&blocks(&[]), &inode, 11).unwrap();
        assert_eq!((leaf.start, leaf.end, leaf.runs.len()), (0, 12, 3));
        assert_eq!(leaf.find(0), (Some(3), 2));
        assert_eq!(leaf.find(2), (None, 1));
        assert_eq!(leaf.find(4), (Some(2), 1));
        assert_eq!(leaf.find(5), (None, 7));
    }

    #[test]
    fn descends_through_each_level() {
        let blocks = blocks(&[(1, 255, 7), (2, 1, 1), (3, 2, 2), (3, 3, 8)]);
        let inode = inode(&[(12, 1), (13, 2), (14, 3)]);
        let find = |number| {
            let leaf = leaf(&blocks, &inode, number).unwrap();
            assert!(leaf.contains(number), "{number}");
            (leaf.find(number), leaf.end - leaf.start)
        };
        assert_eq!(find(12), ((None, 255), 256));
        assert_eq!(find(12 + 255), ((Some(7), 1), 256));
        let double = 12 + 256;
        assert_eq!(find(double), ((None, 256), 256));
        assert_eq!(find(double + 511), ((Some(7), 1), 256));
        let triple = double + (1 << 16);
        assert_eq!(find(triple + 9), ((None, (1 << 16) - 9), 1 << 16));
        assert_eq!(find(triple + (2 << 16) + 511), ((Some(7), 1), 256));
        assert!(leaf(&blocks, &inode, triple + (3 << 16)).is_err());
        let end = triple + (1 << 24);
        assert_eq!(
            leaf(&blocks, &inode, end).unwrap(),
            Leaf::hole(end, u64::MAX)
        );
    }

    #[test]
    fn holes_and_blocks_beyond_the_volume() {
        let blocks = blocks(&[]);
        let none = inode(&[]);
        assert_eq!(leaf(&blocks, &none, 12).unwrap(), Leaf::hole(12, 268));
        let inode = inode(&[(0, 8), (12, 9)]);
        assert!(leaf(&blocks, &inode, 0).is_err());
        assert!(leaf(&blocks, &inode, 12).is_err());
    }
}
