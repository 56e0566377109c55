//! A pack of compact indexes: the kernel's `z_erofs_load_compact_lcluster` in `fs/erofs/zmap.c`.

use file_system::Error;

use crate::bytes::u32_at;
use crate::index::{IS_BLOCK_COUNT, IndexType};

/// Indexes of as many bits each as the pack allows, and the number of a block. An index is a type, and
/// depending on it:
///
/// - the offset of a head, whose block follows from those before it in the pack,
/// - in the first cluster behind a head, a number of blocks, with the bit [`IS_BLOCK_COUNT`],
/// - the distance back to the head,
/// - or at the end of the pack, the distance on to the next head.
pub(crate) struct Pack<'a> {
    bytes: &'a [u8],
    /// The number of indexes.
    count: u32,
    /// The number of bits of the value in an index, below those of the type.
    value_bits: u32,
}

impl<'a> Pack<'a> {
    pub(crate) fn new(bytes: &'a [u8], count: u32, cluster_bits: u32) -> Self {
        Pack {
            bytes,
            count,
            value_bits: cluster_bits.max(IS_BLOCK_COUNT.trailing_zeros() + 1),
        }
    }

    /// The offset in bytes of the number of the block.
    fn block_offset(&self) -> usize {
        self.bytes.len().saturating_sub(4)
    }

    /// Returns the value and the type of an index.
    pub(crate) fn entry(&self, number: u32) -> Result<(u32, IndexType), Error> {
        // 14 or 16 bits.
        let bits = self.block_offset() as u32 * 8 / self.count;
        let start = bits * number;
        let value = u32_at(self.bytes, (start / 8) as usize)? >> (start % 8);
        let index_type = IndexType::from_bits(value >> self.value_bits);
        Ok((value & ((1 << self.value_bits) - 1), index_type))
    }

    /// Returns the distance from an inner cluster to the next head, or as far as the pack tells.
    pub(crate) fn forward(&self, number: u32) -> Result<u64, Error> {
        let mut distance = 0;
        for next in number..self.count {
            let (value, index_type) = self.entry(next)?;
            if index_type != IndexType::Inner {
                return Ok(distance);
            }
            distance += 1;
            if next + 1 == self.count && value & IS_BLOCK_COUNT == 0 {
                distance += u64::from(value.saturating_sub(1));
            }
        }
        Ok(distance)
    }

    /// Returns the distance from an inner cluster without a number of blocks back to the head.
    pub(crate) fn back(&self, number: u32) -> Result<u64, Error> {
        if number + 1 < self.count {
            return Ok(self.entry(number)?.0.into());
        }
        // The last one has the distance on. It is one further than the one before it.
        let (value, index_type) = self.entry(number.saturating_sub(1))?;
        Ok(match index_type {
            IndexType::Head(_) => 1,
            IndexType::Inner if value & IS_BLOCK_COUNT != 0 => 2,
            IndexType::Inner => u64::from(value) + 1,
        })
    }

    /// Returns the number of the block of a head.
    pub(crate) fn block(&self, number: u32, has_big_clusters: bool) -> Result<u64, Error> {
        let base = u32_at(self.bytes, self.block_offset())?;
        let blocks = if has_big_clusters {
            self.blocks_before(number)?
        } else {
            self.heads_up_to(number)?
        };
        Ok(u64::from(base) + blocks)
    }

    /// The number of heads up to one, with one that began before the pack. Each has a block.
    fn heads_up_to(&self, number: u32) -> Result<u64, Error> {
        let mut heads = 1;
        let mut before = number;
        while let Some(next) = before.checked_sub(1) {
            before = match self.entry(next)? {
                (_, IndexType::Head(_)) => next,
                (distance, IndexType::Inner) => match next.checked_sub(distance) {
                    // The distance leads to the head.
                    Some(head) => head,
                    None => break,
                },
            };
            heads += 1;
        }
        Ok(heads)
    }

    /// The number of blocks of the heads before one, in the pack.
    fn blocks_before(&self, number: u32) -> Result<u64, Error> {
        let mut blocks = 0;
        let mut before = number;
        while let Some(next) = before.checked_sub(1) {
            before = match self.entry(next)? {
                (_, IndexType::Head(_)) => {
                    blocks += 1;
                    next
                }
                (count, IndexType::Inner) if count & IS_BLOCK_COUNT != 0 => {
                    blocks += u64::from(count & !IS_BLOCK_COUNT);
                    // Its head is directly before it.
                    next.saturating_sub(1)
                }
                (distance, IndexType::Inner) if distance <= 1 => {
                    let what = format!("index: distance {distance} in place of a number of blocks");
                    return Err(Error::corrupt(what));
                }
                // To the number of blocks, behind the head.
                (distance, IndexType::Inner) => next.saturating_sub(distance - 2),
            };
        }
        Ok(blocks)
    }
}
