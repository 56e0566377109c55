//! The content of files.

use std::io;
use std::sync::{Arc, Mutex};

use file_system::{Error, ReadAt};

use crate::blocks::Blocks;
use crate::inode::{ENCRYPTED, EXTENTS, INLINE_DATA, Inode};
use crate::leaf::Leaf;
use crate::{attributes, extents, indirect, lock};

/// An inode with its content.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) inode: Inode,
    content: Content,
    /// The part of the map of blocks that was used last.
    last: Mutex<Option<Arc<Leaf>>>,
}

#[derive(Debug)]
enum Content {
    /// In the inode. What is missing up to its size are zeros.
    Inline(Vec<u8>),
    Extents,
    Indirect,
}

impl Node {
    /// Finds the content of an inode.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if it is encrypted.
    pub(crate) fn new(inode: Inode) -> Result<Self, Error> {
        if inode.has(ENCRYPTED) {
            let number = inode.number;
            let what = format!("inode {number} of ext4 is encrypted");
            return Err(Error::unsupported(what));
        }
        let content = if inode.has(INLINE_DATA) {
            let rest = attributes::inline_data(&inode)?;
            Content::Inline([&inode.map[..], &rest].concat())
        } else if inode.is_short_link() {
            Content::Inline(inode.map.to_vec())
        } else if inode.has(EXTENTS) {
            Content::Extents
        } else {
            Content::Indirect
        };
        Ok(Node {
            inode,
            content,
            last: Mutex::default(),
        })
    }

    /// The content, if it is in the inode.
    pub(crate) fn inline(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Inline(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Fills `bytes` with the content from `offset` on.
    pub(crate) fn read<R: ReadAt>(
        &self,
        blocks: &Blocks<R>,
        mut bytes: &mut [u8],
        mut offset: u64,
    ) -> Result<(), Error> {
        let end = offset.checked_add(bytes.len() as u64);
        if end.is_none_or(|end| end > self.inode.size) {
            return Err(Error::Io(io::ErrorKind::UnexpectedEof.into()));
        }
        if let Some(inline) = self.inline() {
            read_inline(inline, bytes, offset);
            return Ok(());
        }
        let block_size = blocks.block_size();
        while !bytes.is_empty() {
            let skip = offset % block_size;
            let (block, count) = self.map(blocks, offset / block_size)?;
            let length = count.saturating_mul(block_size).saturating_sub(skip);
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let (part, rest) = bytes.split_at_mut(length.min(bytes.len()));
            match block {
                Some(block) => blocks.read(block, skip, part)?,
                None => part.fill(0),
            }
            offset += part.len() as u64;
            bytes = rest;
        }
        Ok(())
    }

    /// Returns a block of the content that is metadata, in which holes are not possible.
    pub(crate) fn block<R: ReadAt>(
        &self,
        blocks: &Blocks<R>,
        number: u64,
    ) -> Result<Arc<[u8]>, Error> {
        blocks.get(self.position(blocks, number)?)
    }

    /// Returns the number in the image of a block of the content, in which holes are not possible.
    pub(crate) fn position<R: ReadAt>(
        &self,
        blocks: &Blocks<R>,
        number: u64,
    ) -> Result<u64, Error> {
        let block = match self.inline() {
            Some(_) => None,
            None => self.map(blocks, number)?.0,
        };
        block.ok_or_else(|| self.inode.corrupt(format!("block {number} is a hole")))
    }

    /// As [`Leaf::find`].
    fn map<R: ReadAt>(&self, blocks: &Blocks<R>, number: u64) -> Result<(Option<u64>, u64), Error> {
        let last = lock(&self.last).clone();
        if let Some(leaf) = last.filter(|leaf| leaf.contains(number)) {
            return Ok(leaf.find(number));
        }
        let leaf = match self.content {
            Content::Extents => extents::leaf(blocks, &self.inode, number)?,
            _ => indirect::leaf(blocks, &self.inode, number)?,
        };
        let found = leaf.find(number);
        *lock(&self.last) = Some(Arc::new(leaf));
        Ok(found)
    }
}

fn read_inline(content: &[u8], bytes: &mut [u8], offset: u64) {
    bytes.fill(0);
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let rest = content.get(start..).unwrap_or_default();
    for (byte, content) in bytes.iter_mut().zip(rest) {
        *byte = *content;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inode::tests::regular;

    #[test]
    fn reads_blocks_and_holes() {
        let image: Vec<u8> = (0..8).flat_map(|number| [number; 1024]).collect();
        let blocks = Blocks::new(image, 1024, 8);
        let mut inode = regular(5000);
        for (index, block) in [(0, 6), (1, 7), (3, 2)] {
            inode.map[index * 4] = block;
        }
        let node = Node::new(inode).unwrap();
        let mut bytes = vec![9; 5000];
        node.read(&blocks, &mut bytes, 0).unwrap();
        let at = |block: usize| (bytes[block * 1024], bytes[(block * 1024 + 1023).min(4999)]);
        assert_eq!([at(0), at(1), at(2)], [(6, 6), (7, 7), (0, 0)]);
        assert_eq!([at(3), at(4)], [(2, 2), (0, 0)]);
        node.read(&blocks, &mut bytes[..2], 1023).unwrap();
        assert_eq!(bytes[..2], [6, 7]);
        assert!(node.read(&blocks, &mut bytes[..2], 4999).is_err());
        assert!(node.read(&blocks, &mut bytes[..2], u64::MAX).is_err());
        assert_eq!(node.block(&blocks, 3).unwrap()[0], 2);
        assert!(node.block(&blocks, 2).is_err());
    }

    #[test]
    fn inline_content_ends_with_zeros() {
        let mut inode = regular(70);
        inode.flags = INLINE_DATA;
        inode.map = [5; 60];
        let node = Node::new(inode);
        // Without its attribute.
        assert!(node.is_err());
        let mut bytes = [9; 4];
        read_inline(&[1, 2, 3], &mut bytes, 1);
        assert_eq!(bytes, [2, 3, 0, 0]);
        read_inline(&[1], &mut bytes, u64::MAX);
        assert_eq!(bytes, [0; 4]);
    }

    #[test]
    fn rejects_encrypted_content() {
        let mut inode = regular(70);
        inode.flags = ENCRYPTED;
        let message = Node::new(inode).unwrap_err().to_string();
        assert_eq!(message, "not supported: inode 12 of ext4 is encrypted");
    }
}
