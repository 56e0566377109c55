//! Extents of compressed files from the indexes of logical clusters: the kernel's `fs/erofs/zmap.c`.

use file_system::Error;

use crate::area::{Area, ReadMetadata};
use crate::bytes::position;
use crate::compressed::{HEADER_SIZE, Header, Mapping};
use crate::decode::MAX_DECOMPRESSED;
use crate::extent::{Extent, Storage};
use crate::index::{Index, IndexArray, IndexForm, Kind};
use crate::inode::{DataLayout, Inode};

/// The maximum number of distances from a cluster back to its head: each covers up to 2047 clusters, so this
/// is enough for 64 GiB in clusters of 512 bytes.
const MAX_STEPS: u32 = 1 << 16;

/// The indexes of a file.
#[derive(Debug)]
pub(crate) struct Clusters {
    header: Header,
    indexes: IndexArray,
    tail: Option<Tail>,
}

/// The last extent, if it is stored apart.
#[derive(Debug)]
struct Tail {
    head: Head,
    storage: TailStorage,
}

#[derive(Debug)]
enum TailStorage {
    /// Behind the indexes.
    Inline { position: u64, size: u16 },
    /// In the packed inode.
    Fragment { offset: u64 },
}

/// The beginning of an extent.
#[derive(Debug, Clone, Copy)]
struct Head {
    /// The number of the logical cluster.
    number: u64,
    /// The offset in bytes in the file.
    start: u64,
    kind: Kind,
    /// The number of the first block of the physical cluster.
    block: u64,
}

impl Clusters {
    pub(crate) fn new(
        header: Header,
        inode: &Inode,
        read: &ReadMetadata<'_>,
    ) -> Result<Self, Error> {
        let indexes = position(header.position, 1, HEADER_SIZE)?;
        let is_full = inode.layout == DataLayout::Full;
        let [first, second] = header.has_big_clusters;
        if !is_full && first != second {
            return Err(inode.corrupt("large physical clusters of only one algorithm"));
        }
        let indexes = IndexArray {
            form: if is_full {
                IndexForm::Full
            } else {
                IndexForm::Compact {
                    count: inode.size.div_ceil(header.block_size),
                    has_large_packs: header.has_large_packs,
                }
            },
            // 8 bytes before full indexes are reserved.
            start: position(indexes, is_full.into(), HEADER_SIZE)?,
            cluster_bits: header.cluster_bits,
            has_big_clusters: first || second,
        };
        let mut clusters = Clusters {
            header,
            indexes,
            tail: None,
        };
        if inode.size > 0 {
            clusters.tail = clusters.read_tail(inode, is_full, read)?;
        }
        Ok(clusters)
    }

    fn read_tail(
        &self,
        inode: &Inode,
        is_full: bool,
        read: &ReadMetadata<'_>,
    ) -> Result<Option<Tail>, Error> {
        let last = inode.size.saturating_sub(1);
        if let Some(offset) = self.header.fragment {
            let head = self.head(inode, last, read)?;
            // Full indexes have room for the upper half of the offset, as the fragment has no block.
            let high = if is_full { head.block << 32 } else { 0 };
            let offset = high | u64::from(offset);
            let storage = TailStorage::Fragment { offset };
            return Ok(Some(Tail { head, storage }));
        }
        let Some(size) = self.header.inline_size else {
            return Ok(None);
        };
        let head = self.head(inode, last, read)?;
        let position = self.indexes.end(last >> self.header.cluster_bits)?;
        let block_size = self.header.block_size;
        if position % block_size + u64::from(size) > block_size {
            let what = format!("{size} bytes behind its indexes cross the end of a block");
            return Err(inode.corrupt(what));
        }
        let storage = TailStorage::Inline { position, size };
        Ok(Some(Tail { head, storage }))
    }

    /// Returns the beginning of the extent at an offset.
    fn head(&self, inode: &Inode, offset: u64, read: &ReadMetadata<'_>) -> Result<Head, Error> {
        let bits = self.header.cluster_bits;
        let mut number = offset >> bits;
        for _ in 0..MAX_STEPS {
            let back = match self.indexes.read(number, read)? {
                Index::Head {
                    kind,
                    offset: inside,
                    block,
                } => {
                    let start = number << bits | u64::from(inside);
                    if start <= offset {
                        return Ok(Head {
                            number,
                            start,
                            kind,
                            block,
                        });
                    }
                    1
                }
                Index::Inner { back, .. } => back,
            };
            number = match number.checked_sub(back) {
                Some(before) if back > 0 => before,
                _ => {
                    let what = format!("index: {back} back from logical cluster {number}");
                    return Err(inode.corrupt(what));
                }
            };
        }
        Err(inode.corrupt(format!("no extent begins before byte {offset}")))
    }

    pub(crate) fn extent(
        &self,
        inode: &Inode,
        offset: u64,
        read: &ReadMetadata<'_>,
    ) -> Result<Extent, Error> {
        if let Some(tail) = &self.tail {
            if offset >= tail.head.start {
                return self.tail_extent(tail, inode, offset);
            }
        }
        let head = self.head(inode, offset, read)?;
        let mapping = Mapping {
            start: head.start,
            length: self.end(&head, inode, read)?.saturating_sub(head.start),
            area: Area::Image,
            position: position(0, head.block, self.header.block_size)?,
            size: self.block_count(&head, inode, read)? * self.header.block_size,
            algorithm: self.algorithm(head.kind),
            is_interlaced: self.header.is_interlaced,
        };
        mapping.extent(&self.header, inode, offset)
    }

    fn tail_extent(&self, tail: &Tail, inode: &Inode, offset: u64) -> Result<Extent, Error> {
        let start = tail.head.start;
        let length = inode.size.saturating_sub(start);
        match tail.storage {
            TailStorage::Fragment { offset } => Ok(Extent {
                start,
                length,
                storage: Storage::Fragment { offset },
            }),
            TailStorage::Inline { position, size } => {
                let mapping = Mapping {
                    start,
                    length,
                    area: self.header.area,
                    position,
                    size: size.into(),
                    algorithm: self.algorithm(tail.head.kind),
                    // No block can contain it.
                    is_interlaced: false,
                };
                mapping.extent(&self.header, inode, offset)
            }
        }
    }

    fn algorithm(&self, kind: Kind) -> Option<u8> {
        let [first, second] = self.header.algorithms;
        match kind {
            Kind::Plain => None,
            Kind::Head1 => Some(first),
            Kind::Head2 => Some(second),
        }
    }

    /// Returns the offset in the file where an extent ends: at the next head, or with the file.
    fn end(&self, head: &Head, inode: &Inode, read: &ReadMetadata<'_>) -> Result<u64, Error> {
        let bits = self.header.cluster_bits;
        let mut number = head.number + 1;
        loop {
            let start = position(0, number, 1 << bits)?;
            if start >= inode.size {
                return Ok(inode.size);
            }
            // An error follows where this is used.
            if start.saturating_sub(head.start) > MAX_DECOMPRESSED {
                return Ok(start);
            }
            match self.indexes.read(number, read)? {
                Index::Head { offset, .. } => {
                    return Ok(inode.size.min(start | u64::from(offset)));
                }
                // Programs before mkfs.erofs 1.0 wrote 0.
                Index::Inner { forward, .. } => number += forward.max(1),
            }
        }
    }

    /// Returns the number of blocks of a physical cluster.
    fn block_count(
        &self,
        head: &Head,
        inode: &Inode,
        read: &ReadMetadata<'_>,
    ) -> Result<u64, Error> {
        let [first, second] = self.header.has_big_clusters;
        let is_big = match head.kind {
            Kind::Head1 => first,
            Kind::Plain | Kind::Head2 => second,
        };
        let next = head.number + 1;
        if !is_big || position(0, next, 1 << self.header.cluster_bits)? >= inode.size {
            return Ok(1);
        }
        match self.indexes.read(next, read)? {
            Index::Head { .. } => Ok(1),
            Index::Inner {
                blocks: Some(blocks),
                ..
            } if blocks > 0 => Ok(blocks),
            Index::Inner { .. } => {
                let what = format!("index: no number of blocks in logical cluster {next}");
                Err(inode.corrupt(what))
            }
        }
    }
}
