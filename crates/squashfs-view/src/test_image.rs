//! Builds images with one directory and without compression, for tests.

use crate::image::METADATA_SIZE;

/// An image with files in its root directory, whose numbers for user and group are 7.
pub(crate) struct TestImage {
    block_log: u16,
    /// What follows the superblock, at 96 bytes.
    pub(crate) data: Vec<u8>,
    inodes: Vec<u8>,
    /// The entries of the root directory, each with its name.
    entries: Vec<(String, Vec<u8>)>,
    /// The list of extended attributes with index 0, and what it refers to, and the number of attributes.
    pub(crate) attributes: Option<(Vec<u8>, u32)>,
}

impl TestImage {
    pub(crate) fn new(block_log: u16) -> Self {
        TestImage {
            block_log,
            data: Vec::new(),
            inodes: Vec::new(),
            entries: Vec::new(),
            attributes: None,
        }
    }

    /// Adds a file with the content of its inode after the common fields.
    pub(crate) fn add(&mut self, name: &str, kind: u16, content: &[u8]) {
        let offset = self.inodes.len() as u16;
        assert!(usize::from(offset) < METADATA_SIZE, "add large files last");
        let basic_kind = if kind > 7 { kind - 7 } else { kind };
        self.add_entry(name, basic_kind, offset);
        self.inodes.extend(inode(kind, content));
    }

    /// Adds the root directory below itself, after which no file can be added.
    pub(crate) fn add_root_again(&mut self, name: &str) {
        self.add_entry(name, 1, self.inodes.len() as u16);
    }

    fn add_entry(&mut self, name: &str, kind: u16, offset: u16) {
        let mut entry = Vec::new();
        for field in [offset, 0, kind, name.len() as u16 - 1] {
            entry.extend(field.to_le_bytes());
        }
        entry.extend(name.as_bytes());
        self.entries.push((name.to_owned(), entry));
        self.entries.sort();
    }

    pub(crate) fn build(&self) -> Vec<u8> {
        let mut directory = Vec::new();
        if !self.entries.is_empty() {
            for field in [self.entries.len() as u32 - 1, 0, 0] {
                directory.extend(field.to_le_bytes());
            }
        }
        directory.extend(self.entries.iter().flat_map(|(_, entry)| entry));

        let mut root = [0; 16];
        root[8..10].copy_from_slice(&(directory.len() as u16 + 3).to_le_bytes());
        let root_start = self.inodes.len();
        let inodes = [&self.inodes[..], &inode(1, &root)].concat();

        let mut image = vec![0; 96];
        image.extend(&self.data);
        let inode_table = image.len() as u64;
        image.extend(metadata(&inodes));
        let directory_table = image.len() as u64;
        image.extend(metadata(&directory));
        let ids = image.len() as u64;
        image.extend(metadata(&7_u32.to_le_bytes()));
        let id_table = image.len() as u64;
        image.extend(ids.to_le_bytes());

        let attribute_table = match &self.attributes {
            Some((list, count)) => add_attributes(&mut image, list, *count),
            None => u64::MAX,
        };

        let block = root_start / METADATA_SIZE * (METADATA_SIZE + 2);
        let root = ((block << 16) | (root_start % METADATA_SIZE)) as u64;
        let size = image.len() as u64;
        image[..4].copy_from_slice(b"hsqs");
        image[12..16].copy_from_slice(&(1_u32 << self.block_log).to_le_bytes());
        for (offset, field) in [(20, 1), (22, self.block_log), (26, 1), (28, 4)] {
            image[offset..offset + 2].copy_from_slice(&field.to_le_bytes());
        }
        let tables = [
            root,
            size,
            id_table,
            attribute_table,
            inode_table,
            directory_table,
        ];
        for (index, field) in tables.iter().chain(&[u64::MAX; 2]).enumerate() {
            let offset = 32 + 8 * index;
            image[offset..offset + 8].copy_from_slice(&field.to_le_bytes());
        }
        image
    }
}

/// Adds the table of extended attributes with one list, and returns its position.
fn add_attributes(image: &mut Vec<u8>, list: &[u8], count: u32) -> u64 {
    let start = image.len() as u64;
    image.extend(metadata(list));
    let lists = image.len() as u64;
    let entry = [0, 0, count, list.len() as u32].map(u32::to_le_bytes);
    image.extend(metadata(&entry.concat()));
    let table = image.len() as u64;
    for field in [start, 1, lists] {
        image.extend(field.to_le_bytes());
    }
    table
}

/// The content of the inode of an extended regular file (type 9, which becomes 2 in directories).
pub(crate) fn regular(start: u64, size: u64, blocks: &[u32]) -> Vec<u8> {
    let mut content = Vec::new();
    for field in [start, size, 0] {
        content.extend(field.to_le_bytes());
    }
    for field in [1, u32::MAX, 0, u32::MAX].iter().chain(blocks) {
        content.extend(field.to_le_bytes());
    }
    content
}

fn inode(kind: u16, content: &[u8]) -> Vec<u8> {
    let mut inode = Vec::new();
    for field in [kind, 0o644, 0, 0] {
        inode.extend(field.to_le_bytes());
    }
    inode.extend([0; 8]);
    inode.extend(content);
    inode
}

/// Metadata blocks that are not compressed.
fn metadata(content: &[u8]) -> Vec<u8> {
    let blocks = content.chunks(METADATA_SIZE).map(|block| {
        let header = 0x8000 | block.len() as u16;
        [&header.to_le_bytes(), block].concat()
    });
    blocks.collect::<Vec<_>>().concat()
}
