//! The two places where metadata lies, and a cache of what was read there.

use std::sync::{Mutex, PoisonError};

use file_system::Error;

/// Where a position counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    Image,
    /// The content of the metabox inode.
    Metabox,
}

/// Reads metadata at a position, of the area of an inode.
pub(crate) type ReadMetadata<'a> = dyn Fn(u64, &mut [u8]) -> Result<(), Error> + 'a;

/// Returns the `LENGTH` bytes of metadata at `position`.
pub(crate) fn read_array<const LENGTH: usize>(
    read: &ReadMetadata<'_>,
    position: u64,
) -> Result<[u8; LENGTH], Error> {
    let mut bytes = [0; LENGTH];
    read(position, &mut bytes)?;
    Ok(bytes)
}

/// The number of bytes that are read and kept together.
pub(crate) const LINE_SIZE: usize = 4096;
const LINES: usize = 128;

/// Keeps the lines that were read last: inodes, directories and indexes lie close together, and each is
/// read in small parts.
#[derive(Debug, Default)]
pub(crate) struct LineCache(Mutex<Vec<Line>>);

#[derive(Debug)]
struct Line {
    area: Area,
    number: u64,
    bytes: Vec<u8>,
}

impl LineCache {
    /// Copies bytes of a line from `offset` on, if the line is kept and has them.
    pub(crate) fn copy(&self, area: Area, number: u64, offset: usize, bytes: &mut [u8]) -> bool {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = lines.get(slot(number));
        let line = line.filter(|line| line.area == area && line.number == number);
        let part = line.and_then(|line| line.bytes.get(offset..)?.get(..bytes.len()));
        if let Some(part) = part {
            bytes.copy_from_slice(part);
        }
        part.is_some()
    }

    pub(crate) fn insert(&self, area: Area, number: u64, bytes: Vec<u8>) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.is_empty() {
            lines.resize_with(LINES, || Line {
                area: Area::Image,
                number: 0,
                bytes: Vec::new(),
            });
        }
        if let Some(line) = lines.get_mut(slot(number)) {
            *line = Line {
                area,
                number,
                bytes,
            };
        }
    }
}

fn slot(number: u64) -> usize {
    (number % LINES as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_a_line_until_another_takes_its_place() {
        let cache = LineCache::default();
        let mut bytes = [0; 2];
        assert!(!cache.copy(Area::Image, 0, 0, &mut bytes));
        cache.insert(Area::Image, 1, vec![1, 2, 3]);
        assert!(cache.copy(Area::Image, 1, 1, &mut bytes));
        assert_eq!(bytes, [2, 3]);
        assert!(!cache.copy(Area::Image, 1, 2, &mut bytes));
        assert!(!cache.copy(Area::Metabox, 1, 0, &mut bytes));
        cache.insert(Area::Image, 1 + LINES as u64, vec![4, 5, 6]);
        assert!(!cache.copy(Area::Image, 1, 0, &mut bytes));
    }
}
