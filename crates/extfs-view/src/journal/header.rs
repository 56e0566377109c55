//! The superblock of the journal: `struct journal_superblock_s`.

use file_system::Error;
use file_system::bytes::array_at;

use crate::checksum::Checksum;
use crate::journal::records::{MAGIC, be_u32};

/// The size in bytes, and the offset of its checksum.
const SIZE: usize = 1024;
const CHECKSUM_OFFSET: usize = 0xfc;

/// The types of its block.
const VERSION_1: u32 = 3;
const VERSION_2: u32 = 4;

/// Incompatible features.
pub(crate) const HAS_64_BIT: u32 = 0x2;
pub(crate) const CHECKSUM_2: u32 = 0x8;
pub(crate) const CHECKSUM_3: u32 = 0x10;
const FAST_COMMIT: u32 = 0x20;
const KNOWN: u32 = 0x3f;
/// The number of blocks for fast commits, if the superblock has none.
const FAST_COMMIT_BLOCKS: u32 = 256;

/// What the superblock says about the journal. Blocks are numbered from its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JournalHeader {
    pub(crate) block_size: u64,
    /// The first block of the log, and the block behind it, where it continues with the first.
    pub(crate) first: u64,
    pub(crate) end: u64,
    /// The block behind the area for fast commits, which follows the log.
    pub(crate) end_of_fast_commits: u64,
    /// The block where the oldest transaction begins; 0 if the log is empty.
    pub(crate) start: u64,
    /// The number of the oldest transaction.
    pub(crate) sequence: u32,
    pub(crate) features: u32,
    /// The beginning of checksums; `None` without those of version 2 or 3.
    pub(crate) seed: Option<Checksum>,
}

impl JournalHeader {
    /// Parses the first block of a journal of `size` blocks.
    pub(crate) fn parse(bytes: &[u8], size: u64, block_size: u64) -> Result<Self, Error> {
        let bytes: [u8; SIZE] = array_at(bytes, 0)?;
        let (magic, version) = (be_u32(&bytes, 0)?, be_u32(&bytes, 4)?);
        if magic != MAGIC || ![VERSION_1, VERSION_2].contains(&version) {
            return Err(corrupt(format!(
                "magic number {magic:#010x}, version {version}, expected {MAGIC:#010x}, 3 or 4"
            )));
        }
        let features = match version {
            VERSION_1 => 0,
            _ => be_u32(&bytes, 0x28)?,
        };
        if features & !KNOWN != 0 {
            let unknown = features & !KNOWN;
            return Err(Error::unsupported(format!(
                "ext4 with the unknown incompatible features {unknown:#x} of its journal"
            )));
        }
        let seed = if features & (CHECKSUM_2 | CHECKSUM_3) != 0 {
            verify_checksum(&bytes)?;
            let uuid: [u8; 16] = array_at(&bytes, 0x30)?;
            Some(Checksum::EMPTY.update(&uuid))
        } else {
            None
        };
        let fast_commits = match be_u32(&bytes, 0x54)? {
            _ if features & FAST_COMMIT == 0 => 0,
            0 => FAST_COMMIT_BLOCKS,
            count => count,
        };
        let end_of_fast_commits = u64::from(be_u32(&bytes, 0x10)?);
        let header = JournalHeader {
            block_size: be_u32(&bytes, 0xc)?.into(),
            first: be_u32(&bytes, 0x14)?.into(),
            end: end_of_fast_commits.saturating_sub(fast_commits.into()),
            end_of_fast_commits,
            start: be_u32(&bytes, 0x1c)?.into(),
            sequence: be_u32(&bytes, 0x18)?,
            features,
            seed,
        };
        header.check(size, block_size)?;
        Ok(header)
    }

    fn check(&self, size: u64, block_size: u64) -> Result<(), Error> {
        if self.block_size != block_size {
            let found = self.block_size;
            return Err(corrupt(format!(
                "block size {found} bytes, expected {block_size}"
            )));
        }
        let (first, end, all) = (self.first, self.end, self.end_of_fast_commits);
        if first == 0 || first >= end || all > size {
            return Err(corrupt(format!(
                "a log of blocks {first} to {end} of {all}, in {size} blocks"
            )));
        }
        let start = self.start;
        if start != 0 && !(first..end).contains(&start) {
            let what = format!("the log begins at block {start}, expected {first} to {end}");
            return Err(corrupt(what));
        }
        Ok(())
    }

    pub(crate) fn has(&self, feature: u32) -> bool {
        self.features & feature != 0
    }

    /// Returns the block that follows one of the log.
    pub(crate) fn next(&self, block: u64) -> u64 {
        if block + 1 >= self.end {
            self.first
        } else {
            block + 1
        }
    }
}

fn verify_checksum(bytes: &[u8; SIZE]) -> Result<(), Error> {
    let found = Checksum::EMPTY.update_without(bytes, CHECKSUM_OFFSET, 4);
    let (found, expected) = (found.value(), be_u32(bytes, CHECKSUM_OFFSET)?);
    if found != expected {
        return Err(corrupt(format!(
            "CRC-32C {found:#010x}, expected {expected:#010x}"
        )));
    }
    Ok(())
}

fn corrupt(what: impl std::fmt::Display) -> Error {
    Error::corrupt(format!("superblock of the journal: {what}"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A journal of 16 blocks of 1 KiB, whose log begins at block 1, with these words at offsets.
    pub(crate) fn header(words: &[(usize, u32)]) -> Vec<u8> {
        let mut bytes = vec![0; SIZE];
        let base = [
            (0, MAGIC),
            (4, VERSION_2),
            (0xc, 1024),
            (0x10, 16),
            (0x14, 1),
            (0x18, 100),
            (0x1c, 1),
        ];
        for (offset, word) in base.iter().chain(words) {
            bytes[*offset..][..4].copy_from_slice(&word.to_be_bytes());
        }
        let sum = Checksum::EMPTY.update_without(&bytes, CHECKSUM_OFFSET, 4);
        bytes[CHECKSUM_OFFSET..][..4].copy_from_slice(&sum.value().to_be_bytes());
        bytes
    }

    fn parse(words: &[(usize, u32)]) -> Result<JournalHeader, Error> {
        JournalHeader::parse(&header(words), 16, 1024)
    }

    #[test]
    fn reads_the_fields() {
        let found = parse(&[(0x28, CHECKSUM_3 | FAST_COMMIT), (0x54, 4)]).unwrap();
        assert_eq!(
            (found.first, found.end, found.end_of_fast_commits),
            (1, 12, 16)
        );
        assert_eq!((found.start, found.sequence), (1, 100));
        assert_eq!(found.seed, Some(Checksum::EMPTY.update(&[0; 16])));
        assert!(found.has(CHECKSUM_3) && !found.has(HAS_64_BIT));
        assert_eq!((found.next(10), found.next(11)), (11, 1));
        assert_eq!(parse(&[]).unwrap().seed, None);
        let old = parse(&[(4, VERSION_1), (0x28, u32::MAX)]).unwrap();
        assert_eq!((old.features, old.end), (0, 16));
    }

    #[test]
    fn rejects_what_no_journal_has() {
        for (words, expected) in [
            (&[(0, 0)][..], "magic number 0x00000000"),
            (&[(4, 2)], "version 2"),
            (&[(0x28, 0x40)], "unknown incompatible features 0x40"),
            (&[(0xc, 4096)], "block size 4096 bytes, expected 1024"),
            (&[(0x10, 17)], "of 17, in 16 blocks"),
            (&[(0x14, 0)], "blocks 0 to 16"),
            (&[(0x14, 16)], "blocks 16 to 16"),
            (&[(0x1c, 16)], "begins at block 16"),
            (&[(0x28, FAST_COMMIT)], "blocks 1 to 0"),
        ] {
            let message = parse(words).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        let mut bytes = header(&[(0x28, CHECKSUM_2)]);
        bytes[0x40] = 1;
        let error = JournalHeader::parse(&bytes, 16, 1024).unwrap_err();
        assert!(error.to_string().contains("CRC-32C"), "{error}");
    }
}
