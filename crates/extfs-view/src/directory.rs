//! Entries of directories: `struct ext4_dir_entry_2` and `ext4_dir_entry_tail` in the kernel's
//! `fs/ext4/ext4.h`. The nodes of hash trees look like unused entries.

use file_system::bytes::{u8_at, u16_at, u32_at};
use file_system::{Error, FileType};

use crate::inode::{INDEXED, Inode};

/// The size in bytes of an entry without its name, the minimum with it, and the unit of sizes.
const ENTRY_SIZE: usize = 8;
const MIN_SIZE: usize = 12;
const UNIT: usize = 4;
/// The size in bytes of the checksum behind the entries, which looks like an unused entry of this type.
const TAIL_SIZE: usize = 12;
const TAIL_TYPE: u8 = 0xde;

/// An entry of a directory that is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DirectoryEntry<'a> {
    pub(crate) inode: u32,
    pub(crate) name: &'a [u8],
    /// `None` if only the inode has it.
    pub(crate) file_type: Option<FileType>,
}

/// The entries in a block, or in a part of an inode.
#[derive(Debug)]
pub(crate) struct Entries<'a> {
    rest: &'a [u8],
    has_types: bool,
}

impl<'a> Entries<'a> {
    /// `has_types`: whether the file system has the feature `filetype`.
    pub(crate) fn new(bytes: &'a [u8], has_types: bool) -> Self {
        Entries {
            rest: bytes,
            has_types,
        }
    }

    /// Returns the next entry; `None` if it is unused.
    fn parse(&mut self) -> Result<Option<DirectoryEntry<'a>>, Error> {
        let size = entry_size(u16_at(self.rest, 4)?);
        let length = usize::from(u8_at(self.rest, 6)?);
        let left = self.rest.len();
        if size < MIN_SIZE.max(ENTRY_SIZE + length) || size % UNIT != 0 || size > left {
            return Err(Error::corrupt(format!(
                "a directory entry of {size} bytes with {length} bytes of name, {left} bytes before the end"
            )));
        }
        let (entry, rest) = self.rest.split_at(size.min(left));
        self.rest = rest;
        let inode = u32_at(entry, 0)?;
        if inode == 0 {
            return Ok(None);
        }
        let name = entry.get(ENTRY_SIZE..ENTRY_SIZE + length);
        let file_type = FileType::from_directory_entry(u8_at(entry, 7)?);
        Ok(Some(DirectoryEntry {
            inode,
            name: name.unwrap_or_default(),
            file_type: file_type.filter(|_| self.has_types),
        }))
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<DirectoryEntry<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let entry = self.parse();
            if entry.is_err() {
                self.rest = &[];
            }
            if let Some(entry) = entry.transpose() {
                return Some(entry);
            }
        }
        None
    }
}

/// Decodes the size of an entry, as the kernel's `ext4_rec_len_from_disk`: blocks of 64 KiB need more than 16
/// bits, and the two lowest are not in use otherwise.
fn entry_size(field: u16) -> usize {
    match usize::from(field) {
        0 | 0xffff => 0x1_0000,
        size => size & !3 | (size & 3) << 16,
    }
}

/// Verifies the checksum of a block of a directory, unless it is a node of a hash tree, which is not read here.
pub(crate) fn verify_checksum(inode: &Inode, number: u64, block: &[u8]) -> Result<(), Error> {
    let Some(seed) = inode.seed else {
        return Ok(());
    };
    let first = (u32_at(block, 0)?, entry_size(u16_at(block, 4)?));
    if inode.has(INDEXED) && (number == 0 || first == (0, block.len())) {
        return Ok(());
    }
    let (entries, tail) = block.split_at(block.len().saturating_sub(TAIL_SIZE));
    let form = (u32_at(tail, 0)?, u16_at(tail, 4)?, u16_at(tail, 6)?);
    if form != (0, TAIL_SIZE as u16, u16::from(TAIL_TYPE) << 8) {
        let what = format!("block {number} of a directory without a checksum");
        return Err(inode.corrupt(what));
    }
    let (found, expected) = (seed.update(entries).value(), u32_at(tail, 8)?);
    if found != expected {
        return Err(inode.corrupt(format!(
            "block {number} of a directory with checksum {found:#010x}, expected {expected:#010x}"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::Checksum;
    use crate::inode::tests::regular;

    fn entry(inode: u32, size: u16, name: &str, file_type: u8) -> Vec<u8> {
        let mut bytes = inode.to_le_bytes().to_vec();
        bytes.extend(size.to_le_bytes());
        bytes.extend([name.len() as u8, file_type]);
        bytes.extend(name.as_bytes());
        bytes.resize(size.into(), 0);
        bytes
    }

    #[test]
    fn skips_unused_entries() {
        let bytes = [
            entry(5, 16, "file", 1),
            entry(0, 20, "old", 1),
            entry(6, 12, "d", 2),
            entry(7, 12, "x", 9),
        ];
        let bytes = bytes.concat();
        let list = |has_types| Entries::new(&bytes, has_types).map(Result::unwrap);
        let names: Vec<_> = list(true).map(|entry| (entry.inode, entry.name)).collect();
        assert_eq!(names, [(5, &b"file"[..]), (6, b"d"), (7, b"x")]);
        let types: Vec<_> = list(true).map(|entry| entry.file_type).collect();
        let expected = [Some(FileType::Regular), Some(FileType::Directory), None];
        assert_eq!(types, expected);
        assert!(list(false).all(|entry| entry.file_type.is_none()));
    }

    #[test]
    fn sizes_reach_64_kib() {
        assert_eq!(entry_size(12), 12);
        assert_eq!(entry_size(0xfffc), 0xfffc);
        assert_eq!(entry_size(0xffff), 0x1_0000);
        assert_eq!(entry_size(0), 0x1_0000);
        let mut block = entry(5, 12, "a", 1);
        block.extend(entry(0, 0xfff4, "", 0));
        assert_eq!(Entries::new(&block, true).count(), 1);
    }

    #[test]
    fn ends_with_the_first_error() {
        for bytes in [
            entry(5, 8, "", 1),
            [entry(5, 12, "a", 1), entry(5, 16, "", 1)[..12].to_vec()].concat(),
            [entry(5, 12, "a", 1), vec![0; 3]].concat(),
            entry(5, 14, "a", 1),
            vec![0; 1024],
        ] {
            let last = Entries::new(&bytes, true).last().unwrap();
            assert!(last.is_err(), "{bytes:?}");
        }
        let mut bytes = entry(5, 12, "a", 1);
        bytes[6] = 5;
        let message = Entries::new(&bytes, true).next().unwrap().unwrap_err();
        assert!(message.to_string().contains("5 bytes of name"), "{message}");
    }

    #[test]
    fn verifies_checksums_of_leaves() {
        let mut inode = regular(0);
        let mut block = entry(5, 1012, "a", 1);
        block.extend(entry(0, 12, "", TAIL_TYPE));
        verify_checksum(&inode, 0, &block).unwrap();
        let seed = Checksum::from_value(3);
        inode.seed = Some(seed);
        assert!(verify_checksum(&inode, 0, &block).is_err());
        let sum = seed.update(&block[..1012]).value();
        block[1020..].copy_from_slice(&sum.to_le_bytes());
        verify_checksum(&inode, 0, &block).unwrap();
        block[1019] = 0;
        let error = verify_checksum(&inode, 1, &block).unwrap_err();
        assert!(error.to_string().contains("without a checksum"), "{error}");
        inode.flags = INDEXED;
        verify_checksum(&inode, 0, &block).unwrap();
        assert!(verify_checksum(&inode, 1, &block).is_err());
        verify_checksum(&inode, 1, &entry(0, 1024, "", 0)).unwrap();
    }
}
