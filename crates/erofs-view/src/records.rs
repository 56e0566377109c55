//! Extents of compressed files from records of extents, of Linux 6.15: `struct z_erofs_extent` in the kernel's
//! `fs/erofs/erofs_fs.h`, and `z_erofs_map_blocks_ext` in `fs/erofs/zmap.c`.

use std::sync::{Mutex, PoisonError};

use file_system::Error;

use crate::area::{Area, ReadMetadata, read_array};
use crate::bytes::{beyond_64_bits, position, round_up, u32_at};
use crate::compressed::{HEADER_SIZE, Header, Mapping};
use crate::directory::partition_point;
use crate::extent::{Extent, Storage};
use crate::inode::Inode;

/// The bits of the size in bytes of a physical cluster, and of the number of the algorithm plus one.
const SIZE: u32 = (1 << 21) - 1;
const ALGORITHM_SHIFT: u32 = 28;

/// The sizes in bytes of records, by what they contain: the size of the physical cluster, its position, also
/// beyond 2^32 with the offset in the file, and an offset beyond 2^32.
const ONLY_SIZE: u64 = 4;
const WITH_POSITION: u64 = 8;
const WITH_OFFSET: u64 = 16;
const WITH_LONG_OFFSET: u64 = 32;

/// The maximum number of sizes that are added up, which takes a second: for 64 GiB in clusters of 4 KiB.
const MAX_SIZES: u64 = 1 << 24;

/// The records of a file. The smaller ones are for logical clusters of equal size.
#[derive(Debug)]
pub(crate) struct Records {
    header: Header,
    /// The position in bytes of the first record.
    start: u64,
    record_size: u64,
    /// The number of records with offsets.
    count: u64,
    /// The number of a record and the position of its physical cluster, where these follow each other.
    last: Mutex<Option<(u64, u64)>>,
}

/// What a record contains.
#[derive(Debug)]
struct Record {
    /// The offset in bytes in the file.
    start: u64,
    size: u32,
    position: u64,
}

impl Records {
    pub(crate) fn new(header: Header, record_size: u64, count: u64) -> Result<Self, Error> {
        let end = position(header.position, 1, HEADER_SIZE)?;
        Ok(Records {
            header,
            start: round_up(end, record_size)?,
            record_size,
            count,
            last: Mutex::new(None),
        })
    }

    pub(crate) fn extent(
        &self,
        inode: &Inode,
        offset: u64,
        read: &ReadMetadata<'_>,
    ) -> Result<Extent, Error> {
        let (record, end) = match self.record_size {
            ONLY_SIZE | WITH_POSITION => self.by_number(offset, read)?,
            _ => self.by_offset(inode, offset, read)?,
        };
        let length = end.min(inode.size).saturating_sub(record.start);
        if end >= inode.size && self.header.fragment.is_some() {
            let high = match self.record_size {
                ONLY_SIZE => 0,
                // The upper half is lost with the upper half of the position.
                _ => record.position << 32,
            };
            return Ok(Extent {
                start: record.start,
                length,
                storage: Storage::Fragment {
                    offset: high | u64::from(record.size),
                },
            });
        }
        let size = u64::from(record.size & SIZE);
        if size == 0 {
            return Ok(Extent {
                start: record.start,
                length,
                storage: Storage::Hole,
            });
        }
        let is_aligned = (record.position | size) % self.header.block_size == 0;
        let mapping = Mapping {
            start: record.start,
            length,
            area: Area::Image,
            position: record.position,
            size,
            algorithm: (record.size >> ALGORITHM_SHIFT)
                .checked_sub(1)
                .map(|number| number as u8),
            is_interlaced: self.header.is_interlaced && is_aligned,
        };
        mapping.extent(&self.header, inode, offset)
    }

    /// Returns the record of a logical cluster, and where that ends.
    fn by_number(&self, offset: u64, read: &ReadMetadata<'_>) -> Result<(Record, u64), Error> {
        let number = offset >> self.header.cluster_bits;
        let start = number << self.header.cluster_bits;
        let end = start.saturating_add(1 << self.header.cluster_bits);
        let (size, position) = match self.record_size {
            ONLY_SIZE => self.by_sum(number, read)?,
            _ => {
                let at = position(self.start, number, WITH_POSITION)?;
                let bytes: [u8; WITH_POSITION as usize] = read_array(read, at)?;
                (u32_at(&bytes, 0)?, u32_at(&bytes, 4)?.into())
            }
        };
        let record = Record {
            start,
            size,
            position,
        };
        Ok((record, end))
    }

    /// Returns a record's size, and the position of its physical cluster, which is behind all before it. The
    /// first position precedes the records.
    fn by_sum(&self, number: u64, read: &ReadMetadata<'_>) -> Result<(u32, u64), Error> {
        if number > MAX_SIZES {
            let what = format!("a file of more than {MAX_SIZES} records of only sizes");
            return Err(Error::TooLarge(what));
        }
        let sizes = position(self.start, 1, 8)?;
        let size = |number| -> Result<u32, Error> {
            let at = position(sizes, number, ONLY_SIZE)?;
            Ok(u32::from_le_bytes(read_array(read, at)?))
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut before, mut at) = match *last {
            Some(last) if last.0 <= number => last,
            _ => (0, u64::from_le_bytes(read_array(read, self.start)?)),
        };
        while before < number {
            at = position(at, 1, (size(before)? & SIZE).into())?;
            before += 1;
        }
        *last = Some((before, at));
        Ok((size(number)?, at))
    }

    /// Returns the last record that begins at or before an offset, and where the next one begins.
    fn by_offset(
        &self,
        inode: &Inode,
        offset: u64,
        read: &ReadMetadata<'_>,
    ) -> Result<(Record, u64), Error> {
        let behind = partition_point(self.count, |number| {
            Ok(self.record(number, read)?.start <= offset)
        })?;
        let number = behind
            .checked_sub(1)
            .ok_or_else(|| inode.corrupt(format!("no extent begins before byte {offset}")))?;
        let end = if behind < self.count {
            self.record(behind, read)?.start
        } else {
            inode.size
        };
        Ok((self.record(number, read)?, end))
    }

    fn record(&self, number: u64, read: &ReadMetadata<'_>) -> Result<Record, Error> {
        let at = position(self.start, number, self.record_size)?;
        let bytes: [u8; WITH_OFFSET as usize] = read_array(read, at)?;
        let high = match self.record_size {
            WITH_LONG_OFFSET => {
                let at = at.checked_add(WITH_OFFSET);
                let at = at.ok_or_else(|| beyond_64_bits("a position"))?;
                u32::from_le_bytes(read_array(read, at)?)
            }
            _ => 0,
        };
        Ok(Record {
            size: u32_at(&bytes, 0)?,
            position: u64::from(u32_at(&bytes, 8)?) << 32 | u64::from(u32_at(&bytes, 4)?),
            start: u64::from(high) << 32 | u64::from(u32_at(&bytes, 12)?),
        })
    }
}

#[cfg(test)]
mod tests;
