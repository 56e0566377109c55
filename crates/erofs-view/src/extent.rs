//! Parts of the content of a file, and where each is stored.

use file_system::Error;

use crate::area::{Area, ReadMetadata};
use crate::compressed::Compressed;
use crate::decode::Algorithm;
use crate::flat::{Chunks, Flat};
use crate::inode::{DataLayout, Inode};
use crate::superblock::Superblock;

/// A part of the content of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    /// The offset in bytes in the file.
    pub(crate) start: u64,
    /// The length in bytes.
    pub(crate) length: u64,
    pub(crate) storage: Storage,
}

impl Extent {
    pub(crate) fn contains(&self, offset: u64) -> bool {
        let inside = offset.checked_sub(self.start);
        inside.is_some_and(|inside| inside < self.length)
    }
}

/// Where the bytes of an extent are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    /// Nowhere: they are zero.
    Hole,
    /// At a position.
    Raw { area: Area, position: u64 },
    /// In the content of the packed inode, at an offset.
    Fragment { offset: u64 },
    /// At the beginning of a cluster.
    Compressed(Cluster),
}

/// A physical cluster: bytes that are decompressed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cluster {
    pub(crate) area: Area,
    pub(crate) position: u64,
    /// The size in bytes, compressed and with padding.
    pub(crate) size: u32,
    pub(crate) algorithm: Algorithm,
}

/// A file with what is needed to find its content.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) inode: Inode,
    map: Map,
}

#[derive(Debug)]
enum Map {
    Flat(Flat),
    Chunks(Chunks),
    Compressed(Compressed),
}

impl Node {
    pub(crate) fn new(
        superblock: &Superblock,
        inode: Inode,
        read: &ReadMetadata<'_>,
    ) -> Result<Self, Error> {
        let map = match inode.layout {
            DataLayout::Plain | DataLayout::Inline => Map::Flat(Flat::new(superblock, &inode)?),
            DataLayout::Chunks => Map::Chunks(Chunks::new(superblock, &inode)?),
            DataLayout::Full | DataLayout::Compact => {
                Map::Compressed(Compressed::new(superblock, &inode, read)?)
            }
        };
        Ok(Node { inode, map })
    }

    /// Returns the extent that contains `offset`, which is inside of the file.
    pub(crate) fn extent(&self, offset: u64, read: &ReadMetadata<'_>) -> Result<Extent, Error> {
        let extent = match &self.map {
            Map::Flat(flat) => flat.extent(&self.inode, offset)?,
            Map::Chunks(chunks) => chunks.extent(offset, read)?,
            Map::Compressed(compressed) => compressed.extent(&self.inode, offset, read)?,
        };
        if !extent.contains(offset) {
            let Extent { start, length, .. } = extent;
            let what = format!("extent of {length} bytes at {start}, expected one at {offset}");
            return Err(self.inode.corrupt(what));
        }
        Ok(extent)
    }
}
