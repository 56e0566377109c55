//! Reads the transactions of the log.

use std::collections::BTreeMap;

use file_system::{Error, ReadAt};

use crate::blocks::Blocks;
use crate::journal::header::JournalHeader;
use crate::journal::records::{Expected, Record, Tag, revoked, tags};
use crate::node::Node;

/// A block that a transaction changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    /// The number of the block in the image with its new content.
    pub(crate) block: u64,
    pub(crate) is_escaped: bool,
    /// The checksum of the new content, if it has one, and the number of its transaction, which it covers.
    pub(crate) checksum: Option<Expected>,
    pub(crate) sequence: u32,
}

/// Changes by the numbers of blocks.
type Changes = BTreeMap<u64, Change>;

#[derive(Debug)]
pub(crate) struct Log<'a, R> {
    pub(crate) blocks: &'a Blocks<R>,
    pub(crate) node: &'a Node,
    pub(crate) header: &'a JournalHeader,
    /// The number of blocks of the volume.
    pub(crate) block_count: u64,
    /// The maximum number of changes.
    pub(crate) limit: usize,
}

/// What a transaction contains, before its commit.
#[derive(Default)]
struct Transaction {
    changes: Vec<(u64, Change)>,
    revoked: Vec<u64>,
}

impl<R: ReadAt> Log<'_, R> {
    /// Returns the changes of all transactions that are committed, and the number of the next transaction.
    pub(crate) fn read(&self) -> Result<(Changes, u32), Error> {
        let mut changes = Changes::new();
        let mut transaction = Transaction::default();
        let mut sequence = self.header.sequence;
        let mut position = self.header.start;
        // A log cannot contain more than itself.
        let mut left = self.header.end - self.header.first;
        while left > 0 {
            let bytes = self.node.block(self.blocks, position)?;
            let Some(record) = Record::parse(self.header, &bytes, sequence)? else {
                break;
            };
            position = self.header.next(position);
            left -= 1;
            match record {
                Record::Descriptor => {
                    for tag in tags(self.header, &bytes)? {
                        if left == 0 {
                            break;
                        }
                        let change = self.change(tag, position, sequence)?;
                        transaction.changes.push((tag.block, change));
                        position = self.header.next(position);
                        left -= 1;
                    }
                }
                Record::Revoke => transaction.revoked.extend(revoked(self.header, &bytes)?),
                Record::Commit => {
                    let transaction = std::mem::take(&mut transaction);
                    changes.extend(transaction.changes);
                    for block in transaction.revoked {
                        changes.remove(&block);
                    }
                    sequence = sequence.wrapping_add(1);
                }
            }
            let changed = changes.len() + transaction.changes.len();
            if changed > self.limit || transaction.revoked.len() > self.limit {
                let limit = self.limit;
                let what = format!("a journal that changes more than {limit} blocks");
                return Err(Error::TooLarge(what));
            }
        }
        Ok((changes, sequence))
    }

    fn change(&self, tag: Tag, position: u64, sequence: u32) -> Result<Change, Error> {
        if tag.block >= self.block_count {
            let (block, count) = (tag.block, self.block_count);
            return Err(Error::corrupt(format!(
                "journal: a change of block {block}, expected up to {count}"
            )));
        }
        Ok(Change {
            block: self.node.position(self.blocks, position)?,
            is_escaped: tag.is_escaped,
            checksum: tag.checksum,
            sequence,
        })
    }
}

#[cfg(test)]
mod tests;
