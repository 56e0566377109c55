//! Blocks of directories: `struct erofs_dirent` in the kernel's `fs/erofs/erofs_fs.h`.

use file_system::{Error, FileType};

use crate::bytes::{u8_at, u16_at, u64_at};

/// The size in bytes of an entry, without its name.
const ENTRY_SIZE: usize = 12;

/// An entry of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DirectoryEntry<'a> {
    pub(crate) nid: u64,
    pub(crate) name: &'a [u8],
    /// `None` if only the inode has it.
    pub(crate) file_type: Option<FileType>,
}

/// A block of a directory, which may end early in the last one: first the entries, then their names, both
/// sorted by name.
#[derive(Debug)]
pub(crate) struct DirectoryBlock<'a> {
    bytes: &'a [u8],
    count: usize,
}

impl<'a> DirectoryBlock<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        // The first name begins where the entries end.
        let names = usize::from(u16_at(bytes, 8)?);
        if names < ENTRY_SIZE || names >= bytes.len() {
            return Err(Error::corrupt(format!(
                "directory block of {} bytes: names begin at byte {names}",
                bytes.len()
            )));
        }
        let count = names / ENTRY_SIZE;
        Ok(DirectoryBlock { bytes, count })
    }

    /// Returns the entry with an index.
    fn entry(&self, index: usize) -> Result<DirectoryEntry<'a>, Error> {
        let offset = index.saturating_mul(ENTRY_SIZE);
        let start = usize::from(u16_at(self.bytes, offset + 8)?);
        let end = if index + 1 < self.count {
            usize::from(u16_at(self.bytes, offset + ENTRY_SIZE + 8)?)
        } else {
            self.bytes.len()
        };
        let name = self.bytes.get(start..end).ok_or_else(|| {
            let what = format!("directory block: the name at bytes {start} to {end}");
            Error::corrupt(what)
        })?;
        // The last name ends with the block, or before a NUL.
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        Ok(DirectoryEntry {
            nid: u64_at(self.bytes, offset)?,
            name,
            file_type: FileType::from_directory_entry(u8_at(self.bytes, offset + 10)?),
        })
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = Result<DirectoryEntry<'a>, Error>> + '_ {
        (0..self.count).map(|index| self.entry(index))
    }

    pub(crate) fn first_name(&self) -> Result<&'a [u8], Error> {
        Ok(self.entry(0)?.name)
    }

    /// Returns the entry with a name.
    pub(crate) fn find(&self, name: &[u8]) -> Result<Option<DirectoryEntry<'a>>, Error> {
        let behind = partition_point(self.count as u64, |index| {
            Ok(self
                .entry(usize::try_from(index).unwrap_or(usize::MAX))?
                .name
                <= name)
        })?;
        let Some(index) = behind.checked_sub(1) else {
            return Ok(None);
        };
        let entry = self.entry(usize::try_from(index).unwrap_or(usize::MAX))?;
        Ok(Some(entry).filter(|entry| entry.name == name))
    }
}

/// Returns the first index below `count` for which `is_before` is false, where it is true for all before
/// and false for all behind; otherwise `count`.
pub(crate) fn partition_point(
    count: u64,
    mut is_before: impl FnMut(u64) -> Result<bool, Error>,
) -> Result<u64, Error> {
    let (mut start, mut end) = (0, count);
    while start < end {
        let middle = start + (end - start) / 2;
        if is_before(middle)? {
            start = middle + 1;
        } else {
            end = middle;
        }
    }
    Ok(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(names: &[&str]) -> Vec<u8> {
        let mut offset = names.len() * ENTRY_SIZE;
        let mut block = Vec::new();
        for (number, name) in names.iter().enumerate() {
            block.extend_from_slice(&(number as u64 + 100).to_le_bytes());
            block.extend_from_slice(&(offset as u16).to_le_bytes());
            block.extend_from_slice(&[number as u8, 0]);
            offset += name.len();
        }
        block.extend_from_slice(names.concat().as_bytes());
        block
    }

    #[test]
    fn finds_entries() {
        let mut bytes = block(&[".", "..", "a", "bc", "c"]);
        for padding in [0, 1, 20] {
            bytes.resize(bytes.len() + padding, 0);
            let block = DirectoryBlock::new(&bytes).unwrap();
            let names = block.entries().map(|entry| entry.unwrap().name);
            assert_eq!(
                names.collect::<Vec<_>>(),
                [&b"."[..], b"..", b"a", b"bc", b"c"]
            );
            for (name, nid) in [
                ("a", Some(102)),
                ("bc", Some(103)),
                ("c", Some(104)),
                ("", None),
                ("b", None),
                ("d", None),
            ] {
                let entry = block.find(name.as_bytes()).unwrap();
                assert_eq!(entry.map(|entry| entry.nid), nid, "{name}");
            }
        }
    }

    #[test]
    fn maps_types() {
        let bytes = block(&["a", "b", "c", "d", "e", "f", "g", "h", "i"]);
        let block = DirectoryBlock::new(&bytes).unwrap();
        let types: Vec<_> = block
            .entries()
            .map(|entry| entry.unwrap().file_type)
            .collect();
        let expected = (0..9).map(FileType::from_directory_entry);
        assert!(types.into_iter().eq(expected));
    }

    #[test]
    fn rejects_names_outside_of_the_block() {
        let mut bytes = block(&["a", "b"]);
        bytes[20] = 200;
        let block = DirectoryBlock::new(&bytes).unwrap();
        assert!(block.entry(0).is_err());
        assert!(block.find(b"a").is_err());
        for names in [0, 11, 26, 255] {
            bytes[8] = names;
            assert!(DirectoryBlock::new(&bytes).is_err(), "{names}");
        }
        assert!(DirectoryBlock::new(&[0; 8]).is_err());
    }
}
