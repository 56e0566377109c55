//! Indexes of the logical clusters of a compressed file: where the compressed data of each begins. From the
//! kernel's `fs/erofs/erofs_fs.h` (`struct z_erofs_lcluster_index`) and `fs/erofs/zmap.c`.

use file_system::Error;

use crate::area::{ReadMetadata, read_array};
use crate::bytes::{position, u16_at, u32_at};
use crate::pack::Pack;

/// What begins in a logical cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Data that is not compressed.
    Plain,
    /// Data compressed with the first algorithm of the file.
    Head1,
    /// Data compressed with the second algorithm.
    Head2,
}

/// The index of a logical cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Index {
    /// An extent begins in this cluster.
    Head {
        kind: Kind,
        /// The offset in bytes inside of the logical cluster.
        offset: u32,
        /// The number of the first block of the physical cluster.
        block: u64,
    },
    /// An extent goes on in the whole of this cluster.
    Inner {
        /// The number of logical clusters back to the head, or towards it if it is far.
        back: u64,
        /// The number of logical clusters on to the next head, or towards it.
        forward: u64,
        /// The number of blocks of the physical cluster, in the first cluster behind a head.
        blocks: Option<u64>,
    },
}

/// The type of an index: two bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IndexType {
    Head(Kind),
    Inner,
}

impl IndexType {
    pub(crate) fn from_bits(bits: u32) -> Self {
        match bits & 3 {
            0 => IndexType::Head(Kind::Plain),
            1 => IndexType::Head(Kind::Head1),
            2 => IndexType::Inner,
            _ => IndexType::Head(Kind::Head2),
        }
    }
}

/// The bit of a distance back that makes it a number of blocks: `Z_EROFS_LI_D0_CBLKCNT`.
pub(crate) const IS_BLOCK_COUNT: u32 = 1 << 11;

/// The array of the indexes of a file.
#[derive(Debug)]
pub(crate) struct IndexArray {
    pub(crate) form: IndexForm,
    /// The position in bytes of the first index.
    pub(crate) start: u64,
    /// The base-2 logarithm of the size in bytes of a logical cluster.
    pub(crate) cluster_bits: u32,
    /// Whether physical clusters can have more than one block.
    pub(crate) has_big_clusters: bool,
}

#[derive(Debug)]
pub(crate) enum IndexForm {
    /// 8 bytes each.
    Full,
    /// In packs of 8 bytes for two, and of 32 bytes for 16 clusters.
    Compact {
        /// The number of clusters in the file.
        count: u64,
        /// Whether there are packs of 32 bytes.
        has_large_packs: bool,
    },
}

const FULL_SIZE: u64 = 8;
const SMALL_PACK: u64 = 8;
const LARGE_PACK: u64 = 32;
/// The numbers of clusters in packs.
const SMALL_COUNT: u64 = 2;
const LARGE_COUNT: u64 = 16;

/// The limits of the sizes of logical clusters for packs.
const MAX_BITS_SMALL: u32 = 14;
const MAX_BITS_LARGE: u32 = 12;

/// The position in bytes of a pack, and of a cluster in it.
struct PackPosition {
    position: u64,
    is_large: bool,
    number: u32,
}

impl IndexArray {
    /// Returns the index of a logical cluster.
    pub(crate) fn read(&self, number: u64, read: &ReadMetadata<'_>) -> Result<Index, Error> {
        let index = match &self.form {
            IndexForm::Full => {
                self.parse_full(read_array(read, position(self.start, number, FULL_SIZE)?)?)?
            }
            IndexForm::Compact { .. } => self.read_compact(number, read)?,
        };
        if let Index::Head { offset, .. } = index {
            if u64::from(offset) >> self.cluster_bits != 0 {
                let bits = self.cluster_bits;
                let what = format!("index: byte {offset} of a cluster of 2^{bits} bytes");
                return Err(Error::corrupt(what));
            }
        }
        Ok(index)
    }

    fn parse_full(&self, bytes: [u8; FULL_SIZE as usize]) -> Result<Index, Error> {
        if let IndexType::Head(kind) = IndexType::from_bits(u16_at(&bytes, 0)?.into()) {
            return Ok(Index::Head {
                kind,
                offset: u16_at(&bytes, 2)?.into(),
                block: u32_at(&bytes, 4)?.into(),
            });
        }
        let back = u32::from(u16_at(&bytes, 4)?);
        let forward = u64::from(u16_at(&bytes, 6)?);
        if back & IS_BLOCK_COUNT == 0 {
            return Ok(Index::Inner {
                back: back.into(),
                forward,
                blocks: None,
            });
        }
        Ok(Index::Inner {
            back: 1,
            forward,
            blocks: Some(self.block_count(back)?),
        })
    }

    fn block_count(&self, back: u32) -> Result<u64, Error> {
        if !self.has_big_clusters {
            let what = "index: a number of blocks in a file without large physical clusters";
            return Err(Error::corrupt(what));
        }
        Ok((back & !IS_BLOCK_COUNT).into())
    }

    fn read_compact(&self, number: u64, read: &ReadMetadata<'_>) -> Result<Index, Error> {
        let at = self.pack_position(number)?;
        let large: [u8; LARGE_PACK as usize];
        let small: [u8; SMALL_PACK as usize];
        let (bytes, count, max_bits) = if at.is_large {
            large = read_array(read, at.position)?;
            (&large[..], LARGE_COUNT, MAX_BITS_LARGE)
        } else {
            small = read_array(read, at.position)?;
            (&small[..], SMALL_COUNT, MAX_BITS_SMALL)
        };
        if self.cluster_bits > max_bits {
            let bits = self.cluster_bits;
            return Err(Error::unsupported(format!(
                "erofs with logical clusters of 2^{bits} bytes in packs of {count}"
            )));
        }
        let pack = Pack::new(bytes, count as u32, self.cluster_bits);
        let (value, index_type) = pack.entry(at.number)?;
        let IndexType::Head(kind) = index_type else {
            let forward = pack.forward(at.number)?;
            if value & IS_BLOCK_COUNT != 0 {
                let blocks = Some(self.block_count(value)?);
                return Ok(Index::Inner {
                    back: 1,
                    forward,
                    blocks,
                });
            }
            return Ok(Index::Inner {
                back: pack.back(at.number)?,
                forward,
                blocks: None,
            });
        };
        Ok(Index::Head {
            kind,
            offset: value,
            block: pack.block(at.number, self.has_big_clusters)?,
        })
    }

    /// Small packs up to a multiple of 32 bytes, large packs as far as they are full, then small packs.
    fn pack_position(&self, number: u64) -> Result<PackPosition, Error> {
        let IndexForm::Compact {
            count,
            has_large_packs,
        } = self.form
        else {
            return Err(Error::corrupt("index: not in packs"));
        };
        if number >= count {
            let what = format!("index: logical cluster {number} of {count}");
            return Err(Error::corrupt(what));
        }
        let small_first = (LARGE_PACK - self.start % LARGE_PACK) % LARGE_PACK / 4;
        let large = if has_large_packs {
            count.saturating_sub(small_first) / LARGE_COUNT * LARGE_COUNT
        } else {
            0
        };
        let large_start = position(self.start, small_first, 4)?;
        Ok(match number.checked_sub(small_first) {
            Some(behind) if behind < large => PackPosition {
                position: position(large_start, behind / LARGE_COUNT, LARGE_PACK)?,
                is_large: true,
                number: (behind % LARGE_COUNT) as u32,
            },
            Some(behind) => {
                let behind = behind - large;
                let start = position(large_start, large, 2)?;
                PackPosition {
                    position: position(start, behind / SMALL_COUNT, SMALL_PACK)?,
                    is_large: false,
                    number: (behind % SMALL_COUNT) as u32,
                }
            }
            None => PackPosition {
                position: position(self.start, number / SMALL_COUNT, SMALL_PACK)?,
                is_large: false,
                number: (number % SMALL_COUNT) as u32,
            },
        })
    }

    /// Returns the position in bytes behind the pack, or the index, of the last logical cluster.
    pub(crate) fn end(&self, last: u64) -> Result<u64, Error> {
        if let IndexForm::Full = self.form {
            return position(position(self.start, last, FULL_SIZE)?, 1, FULL_SIZE);
        }
        let at = self.pack_position(last)?;
        let size = if at.is_large { LARGE_PACK } else { SMALL_PACK };
        position(at.position, 1, size)
    }
}

#[cfg(test)]
mod tests;
