//! Structures for tests.

use file_system::{FileType, Metadata};

use crate::area::Area;
use crate::inode::{DataLayout, Inode};
use crate::superblock::Superblock;

/// The superblock of a file system with blocks of 4096 bytes, LZ4 and MicroLZMA.
pub(crate) fn superblock() -> Superblock {
    Superblock {
        block_bits: 12,
        root_nid: 0,
        inode_base: 0,
        shared_attributes: 0,
        shared_attributes_in_metabox: false,
        epoch: 0,
        packed_nid: None,
        metabox_nid: None,
        prefixes: (0, 0),
        has_plain_prefixes: false,
        algorithms: 0b11,
    }
}

/// A regular file in the metabox, with an inode that ends at byte `end`.
pub(crate) fn inode(layout: DataLayout, size: u64, end: u64) -> Inode {
    Inode {
        nid: 2,
        area: Area::Metabox,
        metadata: Metadata {
            file_type: FileType::Regular,
            permissions: 0,
            uid: 0,
            gid: 0,
            size,
            modified: 0,
            device: None,
        },
        size,
        layout,
        start: None,
        chunk_format: 0,
        attributes: end,
        attributes_size: 0,
    }
}
