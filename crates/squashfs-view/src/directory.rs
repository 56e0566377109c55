//! Directories: `struct squashfs_dir_header`, `squashfs_dir_entry` and `squashfs_dir_index` in the
//! kernel's `fs/squashfs/squashfs_fs.h`.

use file_system::{Entry, Error, FileType, Listing, ReadAt};

use crate::cursor::{Cursor, Place};
use crate::fields::Fields;
use crate::image::{Image, METADATA_SIZE};
use crate::inode::{Directory, file_type};

/// The maximum size of a directory in bytes: [`Listing`] rejects those of fewer bytes already, as an entry
/// takes more memory than space in the image.
const MAX_SIZE: u32 = 32 << 20;
/// The maximum number of entries that follow a header: `SQUASHFS_DIR_COUNT`.
const MAX_COUNT: u32 = 256;
/// The maximum length of a name in bytes: `SQUASHFS_NAME_LEN`.
const MAX_NAME: u32 = 256;
/// The sizes in bytes of a header, and of an entry without its name.
const HEADER_SIZE: u32 = 12;
const ENTRY_SIZE: u32 = 8;

/// Returns the entries of a directory, sorted by name.
pub(crate) fn list<R: ReadAt>(
    image: &Image<R>,
    directory: &Directory,
) -> Result<Vec<Entry>, Error> {
    let mut listing = Listing::default();
    let mut entries = Entries::new(image, directory, directory.place, directory.size)?;
    while let Some((file_type, _)) = entries.next()? {
        listing.add(&entries.name, file_type)?;
    }
    listing.finish()
}

/// Returns the reference to the inode of the file with this name in a directory.
pub(crate) fn find<R: ReadAt>(
    image: &Image<R>,
    directory: &Directory,
    name: &[u8],
) -> Result<Option<u64>, Error> {
    let (place, size) = find_start(image, directory, name)?;
    let mut entries = Entries::new(image, directory, place, size)?;
    while let Some((_, reference)) = entries.next()? {
        if entries.name == name {
            return Ok(Some(reference));
        }
        // Entries are sorted, which the kernel also relies on only as far as the first byte.
        if entries.name.first() > name.first() {
            break;
        }
    }
    Ok(None)
}

/// Returns the place where entries begin among which the name is, and the size of all from there on:
/// according to the index, of which each entry has the first name in a metadata block.
fn find_start<R: ReadAt>(
    image: &Image<R>,
    directory: &Directory,
    name: &[u8],
) -> Result<(Place, u32), Error> {
    let mut found = (directory.place, directory.size);
    if directory.index_count == 0 {
        return Ok(found);
    }
    let mut index = Cursor::new(image, directory.index)?;
    for _ in 0..directory.index_count {
        let position = index.u32()?;
        let block = index.u32()?;
        let first = read_name(&mut index)?;
        if first.as_slice() > name {
            break;
        }
        let Some(size) = directory.size.checked_sub(position) else {
            return Err(Error::corrupt(format!(
                "a directory of {} bytes with an index to byte {position}",
                directory.size
            )));
        };
        let offset = directory.place.offset + position as usize % METADATA_SIZE;
        let table = image.superblock.directory_table;
        found = (
            Place::new(table, block.into(), offset % METADATA_SIZE)?,
            size,
        );
    }
    Ok(found)
}

/// Reads a name of an index, before which is its length less one in four bytes.
fn read_name<R: ReadAt>(cursor: &mut Cursor<R>) -> Result<Vec<u8>, Error> {
    let length = cursor.u32()?.saturating_add(1);
    check_name(length)?;
    cursor.bytes(length as usize)
}

fn check_name(length: u32) -> Result<(), Error> {
    if length > MAX_NAME {
        return Err(Error::corrupt(format!(
            "a file with a name of {length} bytes, expected at most {MAX_NAME}"
        )));
    }
    Ok(())
}

/// The entries of a directory from a header on.
struct Entries<'a, R> {
    cursor: Cursor<'a, R>,
    /// The number of bytes of headers and entries that follow.
    left: u32,
    /// The number of entries that follow before the next header.
    count: u32,
    /// The position in the inode table of the block with the inodes.
    inode_block: u32,
    /// The name of the entry that was returned last.
    name: Vec<u8>,
}

impl<'a, R: ReadAt> Entries<'a, R> {
    fn new(
        image: &'a Image<R>,
        directory: &Directory,
        place: Place,
        left: u32,
    ) -> Result<Self, Error> {
        if directory.size > MAX_SIZE {
            return Err(Error::TooLarge(format!(
                "a directory of {} bytes, more than {MAX_SIZE}",
                directory.size
            )));
        }
        Ok(Entries {
            cursor: Cursor::new(image, place)?,
            left,
            count: 0,
            inode_block: 0,
            name: Vec::new(),
        })
    }

    /// Returns the type of the next file and the reference to its inode; `None` after the last.
    fn next(&mut self) -> Result<Option<(FileType, u64)>, Error> {
        if self.count == 0 {
            if self.left == 0 {
                return Ok(None);
            }
            self.read_header()?;
        }
        self.take(ENTRY_SIZE)?;
        let offset = self.cursor.u16()?;
        let _number = self.cursor.u16()?;
        let file_type = file_type(self.cursor.u16()?)?;
        let length = u32::from(self.cursor.u16()?) + 1;
        check_name(length)?;
        self.take(length)?;
        self.name.resize(length as usize, 0);
        self.cursor.read(&mut self.name)?;
        // mksquashfs does not write them, and a listing would skip them, however many there are.
        if self.name == b"." || self.name == b".." {
            return Err(Error::corrupt(
                "a directory with an entry for \".\" or \"..\"",
            ));
        }
        self.count -= 1;
        let reference = (u64::from(self.inode_block) << 16) | u64::from(offset);
        Ok(Some((file_type, reference)))
    }

    fn read_header(&mut self) -> Result<(), Error> {
        self.take(HEADER_SIZE)?;
        self.count = self.cursor.u32()?.saturating_add(1);
        self.inode_block = self.cursor.u32()?;
        let _number = self.cursor.u32()?;
        if self.count > MAX_COUNT {
            return Err(Error::corrupt(format!(
                "a directory with {} entries after a header, expected at most {MAX_COUNT}",
                self.count
            )));
        }
        Ok(())
    }

    fn take(&mut self, bytes: u32) -> Result<(), Error> {
        let left = self.left.checked_sub(bytes);
        self.left =
            left.ok_or_else(|| Error::corrupt("a directory whose size ends in an entry"))?;
        Ok(())
    }
}
