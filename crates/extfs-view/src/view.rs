//! Opens file systems, and reads inodes and extended attributes.

use std::hash::{BuildHasher, RandomState};
use std::sync::Mutex;

use file_system::{Attribute, Error, ReadAt};

use crate::attributes::Attributes;
use crate::blocks::Blocks;
use crate::inode::{ATTRIBUTE_VALUE, Inode};
use crate::journal;
use crate::node::Node;
use crate::path::Directories;
use crate::superblock::{OFFSET, SIZE, Superblock};

/// An ext2, ext3 or ext4 file system in an image.
#[derive(Debug)]
pub struct ExtfsView<R> {
    pub(crate) blocks: Blocks<R>,
    pub(crate) superblock: Superblock,
    pub(crate) directories: Mutex<Directories>,
    /// With a random key, so that an image cannot contain many names with the same hash.
    hasher: RandomState,
}

impl<R: ReadAt> ExtfsView<R> {
    /// Reads the superblock of an image, from its beginning, and the journal if it contains changes that are not
    /// in their places yet.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the superblock or the journal is invalid, or the image is smaller than the file
    /// system; [`Error::Unsupported`] if the file system has features that this crate does not read, fast
    /// commits, or an external journal with changes; [`Error::TooLarge`] if the journal changes more than
    /// 131,072 blocks or 1 GiB.
    pub fn new(image: R) -> Result<Self, Error> {
        let mut bytes = [0; SIZE];
        image.read_exact_at(&mut bytes, OFFSET)?;
        let mut superblock = Superblock::parse(&bytes, image.size())?;
        let mut blocks = Blocks::new(image, superblock.block_size, superblock.blocks);
        if superblock.needs_recovery() {
            blocks.set_overlay(journal::replay(&blocks, &superblock)?);
            superblock = newer(&blocks, &superblock)?;
        }
        Ok(ExtfsView {
            blocks,
            superblock,
            directories: Mutex::default(),
            hasher: RandomState::new(),
        })
    }

    pub(crate) fn inode(&self, number: u32) -> Result<Inode, Error> {
        Inode::read(&self.blocks, &self.superblock, number)
    }

    pub(crate) fn hash(&self, name: &[u8]) -> u32 {
        let [a, b, c, d, ..] = self.hasher.hash_one(name).to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }

    pub(crate) fn read_attributes(&self, inode: &Inode) -> Result<Vec<Attribute>, Error> {
        let read_value = |number, size| self.read_value(number, size);
        let mut attributes = Attributes::new(&read_value);
        attributes.add_inode(inode)?;
        let block = inode.attribute_block;
        if block != 0 {
            self.blocks.check_range(block, 1)?;
            let seed = self.superblock.has_checksums();
            let seed = seed.then_some(self.superblock.seed);
            attributes.add_block(&self.blocks.get(block)?, block, seed)?;
        }
        Ok(attributes.finish())
    }

    /// Returns the value of an extended attribute that is the content of an inode.
    fn read_value(&self, number: u32, size: usize) -> Result<Vec<u8>, Error> {
        let inode = self.inode(number)?;
        if !inode.has(ATTRIBUTE_VALUE) || inode.size != size as u64 {
            let found = inode.size;
            let what = format!("{found} bytes, expected an extended attribute of {size} bytes");
            return Err(inode.corrupt(what));
        }
        let mut value = vec![0; size];
        Node::new(inode)?.read(&self.blocks, &mut value, 0)?;
        Ok(value)
    }
}

/// Returns the superblock that the journal contains, or else the same.
fn newer<R: ReadAt>(blocks: &Blocks<R>, superblock: &Superblock) -> Result<Superblock, Error> {
    let block_size = superblock.block_size;
    let mut bytes = [0; SIZE];
    blocks.read(OFFSET / block_size, OFFSET % block_size, &mut bytes)?;
    let newer = Superblock::parse(&bytes, blocks.image_size())?;
    if (newer.block_size, newer.blocks) != (block_size, superblock.blocks) {
        return Err(Error::unsupported(
            "ext4 that was resized, with that change in its journal; run e2fsck",
        ));
    }
    Ok(newer)
}
