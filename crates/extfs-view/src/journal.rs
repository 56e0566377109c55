//! The journal: `Documentation/filesystems/ext4/journal.rst` and `include/linux/jbd2.h` in the kernel. Its fields
//! are big-endian.

mod header;
mod log;
mod records;

use file_system::bytes::{u16_at, u32_at};
use file_system::{Error, FileType, ReadAt};

use crate::blocks::{Blocks, Newer, Overlay};
use crate::inode::Inode;
use crate::journal::header::JournalHeader;
use crate::journal::log::{Change, Log};
use crate::node::Node;
use crate::superblock::Superblock;

/// The maximum number of blocks that the journal may change, and of their bytes.
const MAX_CHANGES: u64 = 1 << 17;
const MAX_BYTES: u64 = 1 << 30;
/// The tag at the beginning of fast commits: `EXT4_FC_TAG_HEAD` in the kernel's `fs/ext4/fast_commit.h`.
const FAST_COMMITS: u16 = 9;

/// Returns the blocks that the committed transactions of the journal change.
pub(crate) fn replay<R: ReadAt>(
    blocks: &Blocks<R>,
    superblock: &Superblock,
) -> Result<Overlay, Error> {
    if superblock.journal_inode == 0 {
        return Err(Error::unsupported(
            "ext4 with changes in an external journal; run e2fsck",
        ));
    }
    let inode = Inode::read(blocks, superblock, superblock.journal_inode)?;
    if inode.metadata.file_type != FileType::Regular {
        let found = inode.metadata.file_type;
        return Err(inode.corrupt(format!("the journal is a {found}")));
    }
    let size = inode.size / superblock.block_size;
    let node = Node::new(inode)?;
    let header = JournalHeader::parse(&node.block(blocks, 0)?, size, superblock.block_size)?;
    if header.start == 0 {
        return Ok(Overlay::new());
    }
    let limit = MAX_CHANGES.min(MAX_BYTES / superblock.block_size);
    let log = Log {
        blocks,
        node: &node,
        header: &header,
        block_count: superblock.blocks,
        limit: usize::try_from(limit).unwrap_or_default(),
    };
    let (changes, sequence) = log.read()?;
    reject_fast_commits(blocks, &node, &header, sequence)?;
    let changes = changes.into_iter().map(|(number, change)| {
        verify(blocks, &header, &change)?;
        let newer = Newer {
            block: change.block,
            is_escaped: change.is_escaped,
        };
        Ok((number, newer))
    });
    changes.collect()
}

/// Verifies the checksum of a block in the log.
fn verify<R: ReadAt>(
    blocks: &Blocks<R>,
    header: &JournalHeader,
    change: &Change,
) -> Result<(), Error> {
    let (Some(seed), Some(expected)) = (header.seed, change.checksum) else {
        return Ok(());
    };
    let sum = seed.update(&change.sequence.to_be_bytes());
    // Not through the cache of blocks, as it is read once.
    let mut bytes = vec![0; usize::try_from(blocks.block_size()).unwrap_or_default()];
    blocks.read(change.block, 0, &mut bytes)?;
    if !expected.matches(sum.update(&bytes)) {
        return Err(Error::corrupt(format!(
            "journal: the checksum of block {} is wrong",
            change.block
        )));
    }
    Ok(())
}

/// Rejects fast commits that follow the last transaction.
fn reject_fast_commits<R: ReadAt>(
    blocks: &Blocks<R>,
    node: &Node,
    header: &JournalHeader,
    sequence: u32,
) -> Result<(), Error> {
    // Kernels leave out the first block of the area.
    for number in [header.end, header.end + 1] {
        if number >= header.end_of_fast_commits {
            break;
        }
        let block = node.block(blocks, number)?;
        // These fields are little-endian.
        if u16_at(&block, 0)? == FAST_COMMITS && u32_at(&block, 8)? == sequence {
            return Err(Error::unsupported(
                "ext4 with fast commits in its journal; run e2fsck",
            ));
        }
    }
    Ok(())
}
