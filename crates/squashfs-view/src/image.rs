//! Reads the blocks of an image: metadata, data and fragments.

use std::sync::Arc;

use file_system::{Error, ReadAt};

use crate::cache::Cache;
use crate::superblock::{SUPERBLOCK_SIZE, Superblock};

/// The size of metadata blocks in bytes: `SQUASHFS_METADATA_SIZE`.
pub(crate) const METADATA_SIZE: usize = 8192;
/// The size in the two bytes before a metadata block is not that of compressed data:
/// `SQUASHFS_COMPRESSED_BIT`.
const METADATA_IS_STORED: u16 = 1 << 15;
/// The same for data: `SQUASHFS_COMPRESSED_BIT_BLOCK`.
const DATA_IS_STORED: u32 = 1 << 24;

/// The number of metadata blocks that are kept: 512 KiB.
const METADATA_BLOCKS: usize = 64;
/// The number of data blocks that are kept, of up to 1 MiB each.
const DATA_BLOCKS: usize = 2;
/// The number of bytes of fragment blocks that are kept, but always 2 to 16 blocks. A listing reads files
/// in another order than they were written, so fragments are read again more often than data.
const FRAGMENT_BYTES: usize = 2 << 20;

/// An image with the blocks that were read last.
#[derive(Debug)]
pub(crate) struct Image<R> {
    reader: R,
    pub(crate) superblock: Superblock,
    metadata: Cache<MetadataBlock>,
    data: Cache<Vec<u8>>,
    fragments: Cache<Vec<u8>>,
}

/// A decompressed block of metadata: 1 to 8192 bytes.
#[derive(Debug)]
pub(crate) struct MetadataBlock {
    pub(crate) bytes: Vec<u8>,
    /// The position of the next block.
    pub(crate) next: u64,
}

/// The size of a data block as in the block list of a file or in the fragment table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DataSize(u32);

impl<R: ReadAt> Image<R> {
    /// Reads the superblock.
    pub(crate) fn new(reader: R) -> Result<Self, Error> {
        let size = reader.size();
        let mut bytes = [0; SUPERBLOCK_SIZE];
        if size < bytes.len() as u64 {
            return Err(Error::corrupt(format!(
                "superblock: the image has {size} bytes, expected at least {SUPERBLOCK_SIZE}"
            )));
        }
        reader.read_exact_at(&mut bytes, 0)?;
        let superblock = Superblock::parse(&bytes, size)?;
        let fragments = FRAGMENT_BYTES / superblock.block_size as usize;
        Ok(Image {
            reader,
            superblock,
            metadata: Cache::new(METADATA_BLOCKS),
            data: Cache::new(DATA_BLOCKS),
            fragments: Cache::new(fragments.clamp(2, 16)),
        })
    }

    /// Returns the metadata block at `start`.
    pub(crate) fn metadata(&self, start: u64) -> Result<Arc<MetadataBlock>, Error> {
        self.metadata
            .get_or_read(start, || self.read_metadata(start))
    }

    fn read_metadata(&self, start: u64) -> Result<MetadataBlock, Error> {
        let corrupt =
            |what: String| Error::corrupt(format!("metadata block at {start} bytes: {what}"));
        let left = self.superblock.size.saturating_sub(start);
        // The header and the block at once: layers below may be slow.
        let length = left.min(2 + METADATA_SIZE as u64) as usize;
        let bytes = self.read(start, length)?;
        let Some((header, rest)) = bytes.split_first_chunk() else {
            return Err(corrupt(format!("{left} bytes are left in the image")));
        };
        let header = u16::from_le_bytes(*header);
        let is_stored = header & METADATA_IS_STORED != 0;
        // A size of 0 means 32 KiB, which is too large as well.
        let size = usize::from(header & !METADATA_IS_STORED);
        let block = rest.get(..size).filter(|block| !block.is_empty());
        let block = block.ok_or_else(|| {
            corrupt(format!(
                "size {size} bytes, expected 1 to {METADATA_SIZE} inside of the image"
            ))
        })?;
        let bytes = if is_stored {
            block.to_vec()
        } else {
            let compression = self.superblock.compression;
            compression.decompress(block, METADATA_SIZE)?
        };
        if bytes.is_empty() {
            return Err(corrupt("empty".to_owned()));
        }
        Ok(MetadataBlock {
            bytes,
            next: start + 2 + size as u64,
        })
    }

    /// Returns the data block at `start`, which must have `length` bytes decompressed.
    pub(crate) fn data(
        &self,
        start: u64,
        size: DataSize,
        length: usize,
    ) -> Result<Arc<Vec<u8>>, Error> {
        let read = || self.read_data(start, size, length);
        let block = self.data.get_or_read(start, read)?;
        if block.len() != length {
            return Err(Error::corrupt(format!(
                "data block at {start}: {} bytes, expected {length}",
                block.len()
            )));
        }
        Ok(block)
    }

    /// Returns the fragment block at `start`.
    pub(crate) fn fragment(&self, start: u64, size: DataSize) -> Result<Arc<Vec<u8>>, Error> {
        let limit = self.superblock.block_size as usize;
        let read = || self.read_data(start, size, limit);
        self.fragments.get_or_read(start, read)
    }

    fn read_data(&self, start: u64, size: DataSize, limit: usize) -> Result<Vec<u8>, Error> {
        let bytes = self.read(start, size.bytes(self.superblock.block_size)? as usize)?;
        match size.0 & DATA_IS_STORED {
            0 => self.superblock.compression.decompress(&bytes, limit),
            _ => Ok(bytes),
        }
    }

    /// Reads `length` bytes at `start`. The caller limits the length.
    pub(crate) fn read(&self, start: u64, length: usize) -> Result<Vec<u8>, Error> {
        let end = start.checked_add(length as u64);
        if end.is_none_or(|end| end > self.superblock.size) {
            return Err(Error::corrupt(format!(
                "{length} bytes at {start} are beyond the end of the file system at {}",
                self.superblock.size
            )));
        }
        let mut bytes = vec![0; length];
        self.reader.read_exact_at(&mut bytes, start)?;
        Ok(bytes)
    }
}

impl DataSize {
    pub(crate) fn new(field: u32) -> Self {
        DataSize(field)
    }

    /// Whether the block is a hole: all zeros, and not stored.
    pub(crate) fn is_hole(self) -> bool {
        self.0 == 0
    }

    /// The number of bytes in the image, at most `block_size`.
    pub(crate) fn bytes(self, block_size: u32) -> Result<u32, Error> {
        let bytes = self.0 & !DATA_IS_STORED;
        if bytes > block_size {
            return Err(Error::corrupt(format!(
                "data block: {bytes} bytes in the image, expected at most {block_size}"
            )));
        }
        Ok(bytes)
    }
}
