//! Compressed content: `struct z_erofs_map_header` in the kernel's `fs/erofs/erofs_fs.h`.

use file_system::Error;

use crate::area::{Area, ReadMetadata, read_array};
use crate::bytes::{beyond_64_bits, position, round_up, u8_at, u16_at, u32_at};
use crate::clusters::Clusters;
use crate::decode::{Algorithm, MAX_COMPRESSED, MAX_DECOMPRESSED};
use crate::extent::{Cluster, Extent, Storage};
use crate::inode::{DataLayout, Inode};
use crate::records::Records;
use crate::superblock::Superblock;

/// The size in bytes of the header, which is also its alignment.
pub(crate) const HEADER_SIZE: u64 = 8;

/// Bits of `h_advise`. The first one has different meanings in the two layouts.
const LARGE_PACKS: u16 = 0x1;
const RECORDS: u16 = 0x1;
const BIG_CLUSTERS: [u16; 2] = [0x2, 0x4];
const INLINE: u16 = 0x8;
const INTERLACED: u16 = 0x10;
const FRAGMENT: u16 = 0x20;
/// The bits of the size of records are those of large physical clusters.
const RECORD_SIZE_SHIFT: u16 = 1;

/// The highest bit of the header is set if the whole file is a fragment.
const IS_FRAGMENT: u64 = 1 << 63;

/// The header before the indexes or records of a file, and what else is common to both.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    /// The position in bytes of the header.
    pub(crate) position: u64,
    pub(crate) area: Area,
    /// The base-2 logarithm of the size in bytes of a logical cluster.
    pub(crate) cluster_bits: u32,
    pub(crate) block_size: u64,
    /// Whether physical clusters of the first and the second algorithm can have more than one block.
    pub(crate) has_big_clusters: [bool; 2],
    pub(crate) has_large_packs: bool,
    /// Whether data that is not compressed has its bytes at the same offsets in blocks as the file.
    pub(crate) is_interlaced: bool,
    /// The size in bytes of the last physical cluster, which is behind the indexes.
    pub(crate) inline_size: Option<u16>,
    /// The lower 32 bits of the offset of the fragment with the end of the file.
    pub(crate) fragment: Option<u32>,
    /// The numbers of the first and the second algorithm.
    pub(crate) algorithms: [u8; 2],
    /// A bit for each algorithm that the superblock declares.
    pub(crate) available: u16,
}

/// How the extents of a file are found.
#[derive(Debug)]
pub(crate) enum Compressed {
    /// The whole file is in the packed inode.
    Fragment {
        offset: u64,
    },
    Clusters(Clusters),
    Records(Records),
}

impl Compressed {
    pub(crate) fn new(
        superblock: &Superblock,
        inode: &Inode,
        read: &ReadMetadata<'_>,
    ) -> Result<Self, Error> {
        let at = round_up(inode.end()?, HEADER_SIZE)?;
        let bytes: [u8; HEADER_SIZE as usize] = read_array(read, at)?;
        let whole = u64::from_le_bytes(bytes);
        if whole & IS_FRAGMENT != 0 {
            let offset = whole & !IS_FRAGMENT;
            return Ok(Compressed::Fragment { offset });
        }
        let advice = u16_at(&bytes, 4)?;
        let algorithms = u8_at(&bytes, 6)?;
        let header = Header {
            position: at,
            area: inode.area,
            cluster_bits: u32::from(superblock.block_bits) + u32::from(u8_at(&bytes, 7)? & 0xf),
            block_size: superblock.block_size(),
            has_big_clusters: BIG_CLUSTERS.map(|bit| advice & bit != 0),
            has_large_packs: advice & LARGE_PACKS != 0,
            is_interlaced: advice & INTERLACED != 0,
            inline_size: match u16_at(&bytes, 2)? {
                size if size > 0 && advice & (INLINE | FRAGMENT) == INLINE => Some(size),
                _ => None,
            },
            fragment: if advice & FRAGMENT != 0 {
                Some(u32_at(&bytes, 0)?)
            } else {
                None
            },
            algorithms: [algorithms & 0xf, algorithms >> 4],
            available: superblock.algorithms,
        };
        if inode.layout == DataLayout::Full && advice & RECORDS != 0 {
            let count = u64::from(u16_at(&bytes, 6)?) << 32 | u64::from(u32_at(&bytes, 0)?);
            let size_bits = advice >> RECORD_SIZE_SHIFT & 3;
            let records = Records::new(header, 4 << size_bits, count)?;
            return Ok(Compressed::Records(records));
        }
        Ok(Compressed::Clusters(Clusters::new(header, inode, read)?))
    }

    /// Returns the extent at an offset in a file.
    pub(crate) fn extent(
        &self,
        inode: &Inode,
        offset: u64,
        read: &ReadMetadata<'_>,
    ) -> Result<Extent, Error> {
        match self {
            Compressed::Fragment { offset } => Ok(Extent {
                start: 0,
                length: inode.size,
                storage: Storage::Fragment { offset: *offset },
            }),
            Compressed::Clusters(clusters) => clusters.extent(inode, offset, read),
            Compressed::Records(records) => records.extent(inode, offset, read),
        }
    }
}

/// An extent whose physical cluster is known.
#[derive(Debug)]
pub(crate) struct Mapping {
    /// The offset in bytes in the file, and the length in bytes.
    pub(crate) start: u64,
    pub(crate) length: u64,
    /// The position in bytes of the physical cluster, and its size in bytes.
    pub(crate) area: Area,
    pub(crate) position: u64,
    pub(crate) size: u64,
    /// The number of the algorithm; `None` if the data is not compressed.
    pub(crate) algorithm: Option<u8>,
    pub(crate) is_interlaced: bool,
}

impl Mapping {
    /// Checks the limits, and returns the extent or the part of it that contains `offset`.
    pub(crate) fn extent(
        &self,
        header: &Header,
        inode: &Inode,
        offset: u64,
    ) -> Result<Extent, Error> {
        let &Mapping { length, size, .. } = self;
        let Some(number) = self.algorithm else {
            return self.plain(header, inode, offset);
        };
        if length > MAX_DECOMPRESSED || size > MAX_COMPRESSED.into() {
            return Err(Error::TooLarge(format!(
                "inode {}: {length} bytes compressed to {size} bytes, more than {MAX_DECOMPRESSED} \
                 or {MAX_COMPRESSED}",
                inode.nid
            )));
        }
        let algorithm = Algorithm::from_number(number, header.available);
        let algorithm = algorithm.ok_or_else(|| {
            inode.corrupt(format!(
                "algorithm {number}, not declared in the superblock"
            ))
        })?;
        Ok(Extent {
            start: self.start,
            length,
            storage: Storage::Compressed(Cluster {
                area: self.area,
                position: self.position,
                size: u32::try_from(size).map_err(|_| beyond_64_bits("a size"))?,
                algorithm,
            }),
        })
    }

    fn plain(&self, header: &Header, inode: &Inode, offset: u64) -> Result<Extent, Error> {
        let &Mapping { length, size, .. } = self;
        if length > size {
            let what = format!("{length} bytes that are not compressed in {size} bytes");
            return Err(inode.corrupt(what));
        }
        let at = |start, length, skip| -> Result<Extent, Error> {
            Ok(Extent {
                start,
                length,
                storage: Storage::Raw {
                    area: self.area,
                    position: position(self.position, 1, skip)?,
                },
            })
        };
        if !self.is_interlaced {
            return at(self.start, length, 0);
        }
        // The beginning is at the end of the cluster, as the file's blocks end there.
        let first = header.block_size - self.start % header.block_size;
        let behind = self.start.saturating_add(first);
        match size.checked_sub(first) {
            Some(skip) if offset < behind => at(self.start, first.min(length), skip),
            Some(_) => at(behind, length.saturating_sub(first), 0),
            None => Err(inode.corrupt(format!("interlaced data in {size} bytes"))),
        }
    }
}

#[cfg(test)]
mod tests;
