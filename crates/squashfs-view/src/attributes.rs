//! Extended attributes: `struct squashfs_xattr_*` in the kernel's `fs/squashfs/squashfs_fs.h`.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use file_system::{Attribute, Error, ReadAt};

use crate::cursor::{Cursor, Place};
use crate::fields::Fields;
use crate::image::Image;
use crate::table::read_entry;

/// The size of `struct squashfs_xattr_id_table` in bytes, after which the positions of the blocks follow.
const TABLE_SIZE: u64 = 16;
/// The prefixes of names by `SQUASHFS_XATTR_*`.
const PREFIXES: [&str; 3] = ["user.", "trusted.", "security."];
/// The bits of the type that are the index of the prefix: `SQUASHFS_XATTR_PREFIX_MASK`.
const PREFIX_MASK: u16 = 0xff;
/// In place of the value is a reference to it: `SQUASHFS_XATTR_VALUE_OOL`.
const IS_ELSEWHERE: u16 = 0x100;

/// `XATTR_NAME_MAX`, `XATTR_LIST_MAX` and `XATTR_SIZE_MAX` in the kernel's `include/uapi/linux/limits.h`.
const MAX_NAME: u16 = 255;
const MAX_NAMES: usize = 65536;
const MAX_VALUE: u32 = 65536;
/// The maximum size in bytes of all values of a file. Linux has none, but values can be stored once for many.
const MAX_VALUES: usize = 8 << 20;

/// Returns the attributes in the list with this index, sorted by name.
pub(crate) fn read<R: ReadAt>(image: &Image<R>, index: u32) -> Result<Vec<Attribute>, Error> {
    let Some(start) = image.superblock.attribute_table else {
        return Err(Error::corrupt(
            "a file with extended attributes in a file system without",
        ));
    };
    let head = image.read(start, TABLE_SIZE as usize)?;
    let mut head = head.as_slice();
    let table = head.u64()?;
    let lists = head.u32()?;
    let positions = start + TABLE_SIZE;
    let entry: [u8; 16] = read_entry(image, "attribute list", positions, lists, index)?;
    let mut entry: &[u8] = &entry;
    let reference = entry.u64()?;
    let count = entry.u32()?;
    let mut list = Cursor::new(image, Place::from_reference(table, reference)?)?;
    let mut attributes = Vec::new();
    let mut sizes = (0, 0);
    for _ in 0..count {
        let (name, value) = read_attribute(image, table, &mut list)?;
        sizes.0 += name.len();
        sizes.1 += value.len();
        if sizes.0 > MAX_NAMES || sizes.1 > MAX_VALUES {
            return Err(Error::TooLarge(format!(
                "extended attributes of a file: {} bytes of names and {} of values, more than {MAX_NAMES} or {MAX_VALUES}",
                sizes.0, sizes.1
            )));
        }
        attributes.push((name, value));
    }
    attributes.sort();
    Ok(attributes)
}

fn read_attribute<R: ReadAt>(
    image: &Image<R>,
    table: u64,
    list: &mut Cursor<R>,
) -> Result<Attribute, Error> {
    let kind = list.u16()?;
    let length = list.u16()?;
    let Some(prefix) = PREFIXES.get(usize::from(kind & PREFIX_MASK)) else {
        return Err(Error::unsupported(format!(
            "an extended attribute of type {kind:#x}"
        )));
    };
    let full_length = length.saturating_add(prefix.len() as u16);
    if full_length > MAX_NAME {
        return Err(Error::corrupt(format!(
            "an extended attribute with a name of {full_length} bytes, expected at most {MAX_NAME}"
        )));
    }
    let mut name = prefix.as_bytes().to_vec();
    name.extend(list.bytes(length.into())?);
    let value = if kind & IS_ELSEWHERE == 0 {
        read_value(list)?
    } else {
        let _length = list.u32()?;
        let place = Place::from_reference(table, list.u64()?)?;
        read_value(&mut Cursor::new(image, place)?)?
    };
    Ok((OsString::from_vec(name), value))
}

fn read_value<R: ReadAt>(cursor: &mut Cursor<R>) -> Result<Vec<u8>, Error> {
    let length = cursor.u32()?;
    if length > MAX_VALUE {
        return Err(Error::corrupt(format!(
            "an extended attribute with a value of {length} bytes, expected at most {MAX_VALUE}"
        )));
    }
    cursor.bytes(length as usize)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use file_system::FileSystem;

    use super::*;
    use crate::SquashfsView;
    use crate::test_image::TestImage;

    /// An attribute in a list, with the value or the reference to it.
    fn attribute(kind: u16, name: &str, value: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for field in [kind, name.len() as u16] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(name.as_bytes());
        bytes.extend((value.len() as u32).to_le_bytes());
        bytes.extend(value);
        bytes
    }

    /// Reads the attributes of a named pipe in an image with this list.
    fn read(list: Option<(&[u8], u32)>) -> Result<Vec<Attribute>, Error> {
        let mut image = TestImage::new(12);
        image.attributes = list.map(|(list, count)| (list.to_vec(), count));
        image.add("fifo", 13, &[0; 8]);
        SquashfsView::new(image.build())?.attributes(Path::new("fifo"))
    }

    fn message(kind: u16, name: &str, count: u32) -> String {
        let list = attribute(kind, name, b"");
        read(Some((&list, count))).unwrap_err().to_string()
    }

    #[test]
    fn reads_values_in_the_list_and_elsewhere() {
        let mut list = attribute(2, "selinux", b"label");
        // Where the value of 3 bytes is: at the end of the list.
        let end = list.len() + 4 + 3 + 4 + 8;
        list.extend(attribute(0x100, "far", &(end as u64).to_le_bytes()));
        list.extend(b"\x03\0\0\0abc");
        let found = read(Some((&list, 2))).unwrap();
        let expected = [
            ("security.selinux".into(), b"label".to_vec()),
            ("user.far".into(), b"abc".to_vec()),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn rejects_invalid_lists() {
        assert!(read(None).unwrap_err().to_string().contains("without"));
        assert!(message(3, "x", 1).contains("type 0x3"));
        let name = "n".repeat(251);
        assert!(message(0, &name, 1).contains("256 bytes, expected at most 255"));
        let list = attribute(0, "x", b"");
        assert!(read(Some((&list, u32::MAX))).is_err());
        let large = attribute(0, "x", &[0; 65537]);
        let message = read(Some((&large, 1))).unwrap_err().to_string();
        assert!(message.contains("65537 bytes"), "{message}");
    }

    #[test]
    fn limits_the_size_of_values_that_are_stored_once() {
        let mut list = attribute(0, "", &[b'v'; 65536]);
        // The value begins after the type and the length of the empty name.
        let reference = 4_u64.to_le_bytes();
        for _ in 0..200 {
            list.extend(attribute(0x100, "n", &reference));
        }
        let error = read(Some((&list, 201))).unwrap_err();
        assert!(matches!(error, Error::TooLarge(_)), "{error}");
    }
}
