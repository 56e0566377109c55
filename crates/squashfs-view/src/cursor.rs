//! Reads metadata, which continues from block to block.

use std::sync::Arc;

use file_system::{Error, ReadAt};

use crate::fields::Fields;
use crate::image::{Image, METADATA_SIZE, MetadataBlock};

/// A place in metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The position of the block in the image, in bytes.
    pub(crate) block: u64,
    /// The offset in bytes in the decompressed block.
    pub(crate) offset: usize,
}

impl Place {
    /// Returns the place that a reference means in a table that starts at `table`: the upper 48 bits are
    /// the block's position in the table, the lower 16 the offset.
    pub(crate) fn from_reference(table: u64, reference: u64) -> Result<Self, Error> {
        let offset = (reference & 0xffff) as usize;
        Place::new(table, reference >> 16, offset)
    }

    /// Returns the place in the block at `block` bytes in a table that starts at `table`.
    pub(crate) fn new(table: u64, block: u64, offset: usize) -> Result<Self, Error> {
        let position = table.checked_add(block);
        match position {
            Some(block) if offset < METADATA_SIZE => Ok(Place { block, offset }),
            _ => Err(Error::corrupt(format!(
                "a reference to the metadata block at {block}, offset {offset} bytes, expected less than {METADATA_SIZE}"
            ))),
        }
    }
}

/// Reads metadata from a place on.
pub(crate) struct Cursor<'a, R> {
    image: &'a Image<R>,
    block: Arc<MetadataBlock>,
    place: Place,
}

impl<'a, R: ReadAt> Cursor<'a, R> {
    pub(crate) fn new(image: &'a Image<R>, place: Place) -> Result<Self, Error> {
        let block = image.metadata(place.block)?;
        // The end is the place between this block and the next.
        if place.offset > block.bytes.len() {
            return Err(Error::corrupt(format!(
                "a reference to offset {} of the metadata block at {}, which has {} bytes",
                place.offset,
                place.block,
                block.bytes.len()
            )));
        }
        Ok(Cursor {
            image,
            block,
            place,
        })
    }

    pub(crate) fn image(&self) -> &'a Image<R> {
        self.image
    }

    /// The place of the next byte.
    pub(crate) fn place(&self) -> Place {
        self.place
    }
}

impl<R: ReadAt> Fields for Cursor<'_, R> {
    fn read(&mut self, mut bytes: &mut [u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            let rest = self.block.bytes.get(self.place.offset..);
            let rest = rest.unwrap_or_default();
            if rest.is_empty() {
                // Ends, because each block is further back in the image.
                self.place = Place {
                    block: self.block.next,
                    offset: 0,
                };
                self.block = self.image.metadata(self.place.block)?;
                continue;
            }
            let count = rest.len().min(bytes.len());
            let (target, left) = bytes.split_at_mut(count);
            target.copy_from_slice(rest.get(..count).unwrap_or_default());
            self.place.offset += count;
            bytes = left;
        }
        Ok(())
    }
}
