//! Records of the log: `struct journal_header_s`, `journal_block_tag3_s`, `journal_block_tag_s`,
//! `jbd2_journal_revoke_header_s` and `commit_header`.

use file_system::Error;
use file_system::bytes::array_at;

use crate::checksum::Checksum;
use crate::journal::header::{CHECKSUM_2, CHECKSUM_3, HAS_64_BIT, JournalHeader};

pub(crate) const MAGIC: u32 = 0xc03b_3998;

/// The size in bytes of the header of a record, of the UUID behind a tag, and of the checksum at the end.
const HEADER_SIZE: usize = 12;
const UUID_SIZE: usize = 16;
const TAIL_SIZE: usize = 4;
/// The offset in bytes of the checksum of a commit.
const COMMIT_CHECKSUM: usize = 16;

/// Flags of tags.
const ESCAPED: u32 = 1;
const SAME_UUID: u32 = 2;
const LAST: u32 = 8;

/// Returns a big-endian field.
pub(crate) fn be_u32(bytes: &[u8], offset: usize) -> Result<u32, Error> {
    array_at(bytes, offset).map(u32::from_be_bytes)
}

/// The type of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Record {
    /// Tags of the blocks that follow.
    Descriptor,
    Commit,
    /// Numbers of blocks whose older content in the log is obsolete.
    Revoke,
}

/// A checksum of which a tag may have only the lower half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    Half(u16),
    Whole(u32),
}

impl Expected {
    pub(crate) fn matches(self, sum: Checksum) -> bool {
        match self {
            Expected::Half(half) => sum.low() == half,
            Expected::Whole(whole) => sum.value() == whole,
        }
    }
}

/// The place of a block in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag {
    /// The number of the block in the image.
    pub(crate) block: u64,
    pub(crate) is_escaped: bool,
    pub(crate) checksum: Option<Expected>,
}

impl Record {
    /// Returns the type of a valid record of a transaction; `None` behind the end of the log.
    pub(crate) fn parse(
        header: &JournalHeader,
        bytes: &[u8],
        sequence: u32,
    ) -> Result<Option<Self>, Error> {
        if be_u32(bytes, 0)? != MAGIC || be_u32(bytes, 8)? != sequence {
            return Ok(None);
        }
        let (record, checksum) = match be_u32(bytes, 4)? {
            1 => (Record::Descriptor, bytes.len().saturating_sub(TAIL_SIZE)),
            2 => (Record::Commit, COMMIT_CHECKSUM),
            5 => (Record::Revoke, bytes.len().saturating_sub(TAIL_SIZE)),
            _ => return Ok(None),
        };
        if let Some(seed) = header.seed {
            let found = seed.update_without(bytes, checksum, TAIL_SIZE);
            if found.value() != be_u32(bytes, checksum)? {
                // Not written completely, or older.
                return Ok(None);
            }
        }
        Ok(Some(record))
    }
}

/// The size in bytes of the part of a record before its checksum.
fn end(header: &JournalHeader, bytes: &[u8]) -> usize {
    let tail = header.seed.map_or(0, |_| TAIL_SIZE);
    bytes.len().saturating_sub(tail)
}

/// Returns the tags of a descriptor.
pub(crate) fn tags(header: &JournalHeader, bytes: &[u8]) -> Result<Vec<Tag>, Error> {
    let mut tags = Vec::new();
    let mut rest = bytes
        .get(HEADER_SIZE..end(header, bytes))
        .unwrap_or_default();
    let has_3 = header.has(CHECKSUM_3);
    let is_wide = header.has(HAS_64_BIT);
    let size = match (has_3, header.has(CHECKSUM_2), is_wide) {
        (true, _, _) => 16,
        (_, true, true) => 14,
        (_, true, false) => 10,
        (_, false, true) => 12,
        (_, false, false) => 8,
    };
    while let Some(tag) = rest.get(..size) {
        let (flags, checksum) = if has_3 {
            let checksum = Expected::Whole(be_u32(tag, 12)?);
            (be_u32(tag, 4)?, checksum)
        } else {
            let fields = be_u32(tag, 4)?;
            let [a, b, ..] = fields.to_be_bytes();
            (fields & 0xffff, Expected::Half(u16::from_be_bytes([a, b])))
        };
        let high = if is_wide { be_u32(tag, 8)? } else { 0 };
        tags.push(Tag {
            block: u64::from(high) << 32 | u64::from(be_u32(tag, 0)?),
            is_escaped: flags & ESCAPED != 0,
            checksum: header.seed.map(|_| checksum),
        });
        if flags & LAST != 0 {
            break;
        }
        let uuid = if flags & SAME_UUID != 0 { 0 } else { UUID_SIZE };
        rest = rest.get(size + uuid..).unwrap_or_default();
    }
    Ok(tags)
}

/// Returns the numbers of blocks in a revoke record.
pub(crate) fn revoked(header: &JournalHeader, bytes: &[u8]) -> Result<Vec<u64>, Error> {
    let size = usize::try_from(be_u32(bytes, HEADER_SIZE)?).unwrap_or(usize::MAX);
    let end = end(header, bytes);
    let numbers = bytes.get(HEADER_SIZE + 4..size);
    let numbers = numbers.filter(|_| size <= end).ok_or_else(|| {
        let what = format!("a revoke record of {size} bytes, expected 16 to {end}");
        Error::corrupt(format!("journal: {what}"))
    })?;
    if header.has(HAS_64_BIT) {
        let numbers = numbers.chunks_exact(8);
        return numbers
            .map(|number| array_at(number, 0).map(u64::from_be_bytes))
            .collect();
    }
    let numbers = numbers.chunks_exact(4);
    numbers
        .map(|number| be_u32(number, 0).map(u64::from))
        .collect()
}

#[cfg(test)]
mod tests;
