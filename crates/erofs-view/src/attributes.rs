//! Extended attributes: `struct erofs_xattr_ibody_header` and `struct erofs_xattr_entry` in the kernel's
//! `fs/erofs/erofs_fs.h`.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use file_system::{Attribute, Error};

use crate::area::{ReadMetadata, read_array};
use crate::bytes::{position, round_up, u8_at, u16_at};

/// The size in bytes of the header before the attributes of an inode.
const HEADER_SIZE: u64 = 12;
/// The size in bytes of an entry, without its name and value, and the unit of their positions.
const UNIT: u64 = 4;

/// The beginnings of names, by their numbers. Attributes with others are not for users.
const PREFIXES: [&str; 7] = [
    "",
    "user.",
    "system.posix_acl_access",
    "system.posix_acl_default",
    "trusted.",
    "lustre.",
    "security.",
];
/// The bit of the number of a prefix that is stored in the image.
const LONG: u8 = 0x80;

/// A beginning of names that is stored in the image: `struct erofs_xattr_long_prefix`.
pub(crate) type LongPrefix = Vec<u8>;

/// Reads the beginnings of names from `start` on.
pub(crate) fn read_prefixes(
    read: &ReadMetadata<'_>,
    start: u64,
    count: u8,
) -> Result<Vec<LongPrefix>, Error> {
    let mut prefixes = Vec::new();
    let mut next = start;
    for _ in 0..count {
        let at = round_up(next, UNIT)?;
        let length = u16::from_le_bytes(read_array(read, at)?);
        if !(1..=256).contains(&length) {
            return Err(Error::corrupt(format!(
                "prefix of extended attributes: {length} bytes, expected 1 to 256"
            )));
        }
        let mut prefix = vec![0; length.into()];
        read(position(at, 1, 2)?, &mut prefix)?;
        prefixes.push(prefix);
        next = position(at, 1, 2 + u64::from(length))?;
    }
    Ok(prefixes)
}

/// Where the attributes of an inode lie.
pub(crate) struct Attributes<'a> {
    /// Reads behind the inode.
    pub(crate) read_inline: &'a ReadMetadata<'a>,
    /// Reads attributes that several inodes share.
    pub(crate) read_shared: &'a ReadMetadata<'a>,
    /// The position in bytes of the attributes that are shared.
    pub(crate) shared: u64,
    pub(crate) prefixes: &'a [LongPrefix],
}

impl Attributes<'_> {
    /// Returns the attributes in `size` bytes at `start`, sorted by name.
    pub(crate) fn read(&self, start: u64, size: u32) -> Result<Vec<Attribute>, Error> {
        if size == 0 {
            return Ok(Vec::new());
        }
        let end = position(start, 1, size.into())?;
        let header: [u8; HEADER_SIZE as usize] = read_array(self.read_inline, start)?;
        let shared = u64::from(u8_at(&header, 4)?);
        let mut next = position(start, 1, HEADER_SIZE + shared * UNIT)?;
        if next > end {
            return Err(Error::corrupt(format!(
                "extended attributes: {size} bytes with {shared} shared ones"
            )));
        }
        let mut attributes = Vec::new();
        for index in 0..shared {
            let id = position(start, 1, HEADER_SIZE + index * UNIT)?;
            let id = u32::from_le_bytes(read_array(self.read_inline, id)?);
            let entry = position(self.shared, id.into(), UNIT)?;
            attributes.extend(self.entry(self.read_shared, entry, u64::MAX)?.0);
        }
        while next < end {
            let (attribute, behind) = self.entry(self.read_inline, next, end)?;
            attributes.extend(attribute);
            next = behind;
        }
        attributes.sort();
        Ok(attributes)
    }

    /// Returns the attribute at a position, unless it is not for users, and the position behind it.
    fn entry(
        &self,
        read: &ReadMetadata<'_>,
        at: u64,
        end: u64,
    ) -> Result<(Option<Attribute>, u64), Error> {
        let entry: [u8; UNIT as usize] = read_array(read, at)?;
        let name_length = u8_at(&entry, 0)?;
        let value_length = u16_at(&entry, 2)?;
        let size = UNIT + u64::from(name_length) + u64::from(value_length);
        let behind = position(at, 1, round_up(size, UNIT)?)?;
        if behind > end {
            let what = format!("extended attribute: {size} bytes, beyond those of its inode");
            return Err(Error::corrupt(what));
        }
        let Some(mut name) = self.prefix(u8_at(&entry, 1)?) else {
            return Ok((None, behind));
        };
        let mut rest = vec![0; name_length.into()];
        read(position(at, 1, UNIT)?, &mut rest)?;
        name.extend_from_slice(&rest);
        let mut value = vec![0; value_length.into()];
        read(position(at, 1, UNIT + u64::from(name_length))?, &mut value)?;
        Ok((Some((OsString::from_vec(name), value)), behind))
    }

    /// Returns the beginning of names with a number.
    fn prefix(&self, number: u8) -> Option<Vec<u8>> {
        let (number, infix) = if number & LONG != 0 {
            let prefix = self.prefixes.get(usize::from(number & !LONG))?;
            prefix.split_first()?
        } else {
            (&number, &[][..])
        };
        let prefix = PREFIXES.get(usize::from(*number))?;
        (!prefix.is_empty()).then(|| [prefix.as_bytes(), infix].concat())
    }
}

#[cfg(test)]
mod tests;
