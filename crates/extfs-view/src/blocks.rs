//! Reads blocks of the image, or of the journal where it has newer ones.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use file_system::bytes::position;
use file_system::{Error, ReadAt};

use crate::lock;

/// The number of blocks of metadata that are kept: up to 4 MiB.
const MAX_KEPT: usize = 64;

/// Where the newest content of a block is, if not in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Newer {
    /// The number of the block in the image that contains it.
    pub(crate) block: u64,
    /// Whether the first 4 bytes of the content are those of [`ESCAPED`], and zeros in the journal.
    pub(crate) is_escaped: bool,
}

/// The magic number of jbd2, big-endian: where a block begins with it, the journal has zeros instead.
pub(crate) const ESCAPED: [u8; 4] = 0xc03b_3998_u32.to_be_bytes();

/// Newer content by the numbers of blocks.
pub(crate) type Overlay = BTreeMap<u64, Newer>;

/// The blocks of a volume.
#[derive(Debug)]
pub(crate) struct Blocks<R> {
    image: R,
    block_size: u64,
    count: u64,
    overlay: Overlay,
    /// The blocks of metadata that were read last, the most recent first.
    kept: Mutex<VecDeque<(u64, Arc<[u8]>)>>,
}

impl<R: ReadAt> Blocks<R> {
    /// The `count` blocks of `image`, which contains all of them.
    pub(crate) fn new(image: R, block_size: u64, count: u64) -> Self {
        Blocks {
            image,
            block_size,
            count,
            overlay: Overlay::new(),
            kept: Mutex::default(),
        }
    }

    /// Reads blocks where `overlay` says, from now on.
    pub(crate) fn set_overlay(&mut self, overlay: Overlay) {
        self.overlay = overlay;
        lock(&self.kept).clear();
    }

    pub(crate) fn block_size(&self) -> u64 {
        self.block_size
    }

    pub(crate) fn image_size(&self) -> u64 {
        self.image.size()
    }

    /// Checks that `length` blocks from `start` on are blocks of the volume.
    pub(crate) fn check_range(&self, start: u64, length: u64) -> Result<(), Error> {
        let count = self.count;
        match start.checked_add(length) {
            Some(end) if start > 0 && end <= count => Ok(()),
            _ => Err(Error::corrupt(format!(
                "{length} blocks from block {start} on, expected blocks 1 to {count}"
            ))),
        }
    }

    /// Returns a block of metadata.
    pub(crate) fn get(&self, block: u64) -> Result<Arc<[u8]>, Error> {
        if let Some(bytes) = self.kept(block) {
            return Ok(bytes);
        }
        // Not under the lock, so that threads read side by side.
        let mut bytes = vec![0; usize::try_from(self.block_size).unwrap_or_default()];
        self.read(block, 0, &mut bytes)?;
        let bytes: Arc<[u8]> = bytes.into();
        let mut kept = lock(&self.kept);
        kept.truncate(MAX_KEPT - 1);
        kept.push_front((block, Arc::clone(&bytes)));
        Ok(bytes)
    }

    fn kept(&self, block: u64) -> Option<Arc<[u8]>> {
        let mut kept = lock(&self.kept);
        let index = kept.iter().position(|(other, _)| *other == block)?;
        if index > 0 {
            let entry = kept.remove(index)?;
            kept.push_front(entry);
        }
        kept.front().map(|(_, bytes)| Arc::clone(bytes))
    }

    /// Fills `bytes` from the byte `skip` of a block on, with the blocks behind it as needed.
    pub(crate) fn read(&self, block: u64, skip: u64, mut bytes: &mut [u8]) -> Result<(), Error> {
        let start = position(skip, block, self.block_size)?;
        let end = position(start, bytes.len() as u64, 1)?;
        if end > self.count.saturating_mul(self.block_size) {
            return Err(Error::corrupt(format!(
                "block {block}, expected up to {}",
                self.count
            )));
        }
        let mut at = start;
        while !bytes.is_empty() {
            let (block, skip) = (at / self.block_size, at % self.block_size);
            let newer = self.overlay.range(block..).next();
            // Up to the next block that the journal has.
            let (length, newer) = match newer {
                Some((number, newer)) if *number == block => (self.block_size - skip, Some(newer)),
                Some((number, _)) => (position(0, *number, self.block_size)? - at, None),
                None => (bytes.len() as u64, None),
            };
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let (part, rest) = bytes.split_at_mut(length.min(bytes.len()));
            match newer {
                Some(newer) => self.read_newer(*newer, skip, part)?,
                None => self.image.read_exact_at(part, at)?,
            }
            at = position(at, part.len() as u64, 1)?;
            bytes = rest;
        }
        Ok(())
    }

    fn read_newer(&self, newer: Newer, skip: u64, bytes: &mut [u8]) -> Result<(), Error> {
        let at = position(skip, newer.block, self.block_size)?;
        self.image.read_exact_at(bytes, at)?;
        if newer.is_escaped {
            let skip = usize::try_from(skip).unwrap_or(usize::MAX);
            let magic = ESCAPED.get(skip..).unwrap_or_default();
            for (byte, magic) in bytes.iter_mut().zip(magic) {
                *byte = *magic;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight blocks of 1 KiB, which are filled with their numbers.
    fn blocks() -> Blocks<Vec<u8>> {
        let image = (0..8).flat_map(|number| [number; 1024]).collect();
        Blocks::new(image, 1024, 8)
    }

    #[test]
    fn reads_over_the_ends_of_blocks() {
        let mut bytes = [0; 3];
        blocks().read(2, 1022, &mut bytes).unwrap();
        assert_eq!(bytes, [2, 2, 3]);
        assert_eq!(blocks().get(7).unwrap()[..], [7; 1024]);
        assert!(blocks().read(7, 1022, &mut bytes).is_err());
        assert!(blocks().get(u64::MAX).is_err());
    }

    #[test]
    fn newer_blocks_replace_others() {
        let mut blocks = blocks();
        assert_eq!(blocks.get(3).unwrap()[0], 3);
        let newer = |block, is_escaped| Newer { block, is_escaped };
        blocks.set_overlay(Overlay::from([(3, newer(6, true)), (4, newer(5, false))]));
        assert_eq!(blocks.get(3).unwrap()[..5], [0xc0, 0x3b, 0x39, 0x98, 6]);
        let mut bytes = vec![0; 4096];
        blocks.read(2, 0, &mut bytes).unwrap();
        assert_eq!(bytes[1023..1025], [2, 0xc0]);
        assert_eq!(bytes[2047..2049], [6, 5]);
        assert_eq!(bytes[3071..3073], [5, 5]);
        blocks.read(3, 3, &mut bytes[..2]).unwrap();
        assert_eq!(bytes[..2], [0x98, 6]);
    }

    #[test]
    fn ranges_are_blocks_behind_the_first() {
        let blocks = blocks();
        blocks.check_range(1, 7).unwrap();
        for (start, length) in [(0, 1), (1, 8), (8, 1), (u64::MAX, 1)] {
            assert!(blocks.check_range(start, length).is_err(), "{start}");
        }
    }
}
