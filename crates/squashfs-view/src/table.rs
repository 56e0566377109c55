//! Tables of entries of equal size: ids, fragments, and lists of extended attributes.

use file_system::{Error, ReadAt};

use crate::cursor::{Cursor, Place};
use crate::fields::Fields;
use crate::image::{Image, METADATA_SIZE};

/// Returns the entry of a table with this index. At `start` are the positions of the metadata blocks that
/// contain the entries, 8 bytes each; `count` is the number of entries.
pub(crate) fn read_entry<R: ReadAt, const LENGTH: usize>(
    image: &Image<R>,
    name: &str,
    start: u64,
    count: u32,
    index: u32,
) -> Result<[u8; LENGTH], Error> {
    if index >= count {
        return Err(Error::corrupt(format!(
            "{name} {index}, expected less than {count}"
        )));
    }
    let entries_per_block = (METADATA_SIZE / LENGTH) as u32;
    let pointer = start + 8 * u64::from(index / entries_per_block);
    let block = image.read(pointer, 8)?.as_slice().u64()?;
    let offset = (index % entries_per_block) as usize * LENGTH;
    Cursor::new(image, Place { block, offset })?.array()
}

/// Returns the user or group with this index.
pub(crate) fn read_id<R: ReadAt>(image: &Image<R>, index: u16) -> Result<u32, Error> {
    let (start, count) = (image.superblock.id_table, image.superblock.ids);
    read_entry(image, "id", start, count.into(), index.into()).map(u32::from_le_bytes)
}
