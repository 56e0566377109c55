//! Extended attributes: `struct ext4_xattr_header`, `ext4_xattr_ibody_header` and `ext4_xattr_entry` in the
//! kernel's `fs/ext4/xattr.h`.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use file_system::bytes::{u8_at, u16_at, u32_at};
use file_system::{Attribute, Error};

use crate::acl;
use crate::checksum::Checksum;
use crate::inode::Inode;

const MAGIC: u32 = 0xea02_0000;
/// The size in bytes of the header of a block, and of the header in an inode.
const BLOCK_HEADER_SIZE: usize = 32;
const INODE_HEADER_SIZE: usize = 4;
/// The offset in bytes of the checksum of a block.
const CHECKSUM_OFFSET: usize = 16;
/// The size in bytes of an entry without its name, and of the end of entries.
const ENTRY_SIZE: usize = 16;
const END_SIZE: usize = 4;

/// The maximum size in bytes of a value, as the kernel's `XATTR_SIZE_MAX`, and of all those of a file.
const MAX_VALUE: usize = 64 << 10;
const MAX_VALUES: usize = 4 << 20;

/// The beginnings of names by their numbers: those that the kernel shows.
const PREFIXES: [(u8, &str); 6] = [
    (1, "user."),
    (2, "system.posix_acl_access"),
    (3, "system.posix_acl_default"),
    (4, "trusted."),
    (6, "security."),
    (10, "gnu."),
];
const ACCESS_LISTS: [u8; 2] = [2, 3];
/// `system.data`: the rest of content in an inode.
const INLINE_DATA: (u8, &[u8]) = (7, b"data");

/// An attribute as it is stored.
#[derive(Debug, PartialEq, Eq)]
struct Entry<'a> {
    prefix: u8,
    name: &'a [u8],
    value: Value<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value<'a> {
    Here(&'a [u8]),
    /// The content of another inode: its number, and the size in bytes.
    Inode(u32, usize),
}

/// Returns the value of a size in the inode with a number.
type ReadValue<'a> = dyn Fn(u32, usize) -> Result<Vec<u8>, Error> + 'a;

/// The attributes of a file.
pub(crate) struct Attributes<'a> {
    read_value: &'a ReadValue<'a>,
    found: Vec<Attribute>,
    size: usize,
}

impl<'a> Attributes<'a> {
    pub(crate) fn new(read_value: &'a ReadValue<'a>) -> Self {
        Attributes {
            read_value,
            found: Vec::new(),
            size: 0,
        }
    }

    /// Adds the attributes in an inode.
    pub(crate) fn add_inode(&mut self, inode: &Inode) -> Result<(), Error> {
        self.add(entries_in_inode(inode)?)
    }

    /// Adds the attributes in a block, after verifying its checksum, which begins with `seed`, if it has one.
    pub(crate) fn add_block(
        &mut self,
        bytes: &[u8],
        number: u64,
        seed: Option<Checksum>,
    ) -> Result<(), Error> {
        let corrupt = |what: String| {
            let what = format!("block {number} of extended attributes: {what}");
            Error::corrupt(what)
        };
        let (magic, blocks) = (u32_at(bytes, 0)?, u32_at(bytes, 8)?);
        if magic != MAGIC || blocks != 1 {
            let what = format!("magic number {magic:#010x} and {blocks} blocks");
            return Err(corrupt(format!("{what}, expected {MAGIC:#010x} and 1")));
        }
        if let Some(seed) = seed {
            let sum = seed.update(&number.to_le_bytes());
            let found = sum.update_without(bytes, CHECKSUM_OFFSET, 4).value();
            let expected = u32_at(bytes, CHECKSUM_OFFSET)?;
            if found != expected {
                let what = format!("checksum {found:#010x}, expected {expected:#010x}");
                return Err(corrupt(what));
            }
        }
        let entries = bytes.get(BLOCK_HEADER_SIZE..).unwrap_or_default();
        self.add(parse(entries, bytes)?)
    }

    fn add(&mut self, entries: Vec<Entry<'_>>) -> Result<(), Error> {
        for entry in entries {
            let Some((number, prefix)) = PREFIXES.iter().find(|row| row.0 == entry.prefix) else {
                continue;
            };
            let size = match entry.value {
                Value::Here(bytes) => bytes.len(),
                Value::Inode(_, size) => size,
            };
            self.size = self.size.saturating_add(size);
            if size > MAX_VALUE || self.size > MAX_VALUES {
                return Err(Error::TooLarge(format!(
                    "an extended attribute of {size} bytes, more than {MAX_VALUE}, or all of a file \
                     more than {MAX_VALUES}"
                )));
            }
            let value = match entry.value {
                Value::Here(bytes) => bytes.to_vec(),
                Value::Inode(inode, size) => (self.read_value)(inode, size)?,
            };
            let (name, value) = if ACCESS_LISTS.contains(number) {
                (prefix.as_bytes().to_vec(), acl::convert(&value)?)
            } else {
                ([prefix.as_bytes(), entry.name].concat(), value)
            };
            self.found.push((OsString::from_vec(name), value));
        }
        Ok(())
    }

    /// Returns the attributes, sorted by name.
    pub(crate) fn finish(mut self) -> Vec<Attribute> {
        self.found.sort();
        self.found
    }
}

/// Returns the content that the attributes of an inode contain.
pub(crate) fn inline_data(inode: &Inode) -> Result<Vec<u8>, Error> {
    for entry in entries_in_inode(inode)? {
        if (entry.prefix, entry.name) != INLINE_DATA {
            continue;
        }
        if let Value::Here(bytes) = entry.value {
            return Ok(bytes.to_vec());
        }
    }
    Err(inode.corrupt("inline data without the attribute system.data"))
}

fn entries_in_inode(inode: &Inode) -> Result<Vec<Entry<'_>>, Error> {
    if !inode.rest.starts_with(&MAGIC.to_le_bytes()) {
        return Ok(Vec::new());
    }
    let entries = inode.rest.get(INODE_HEADER_SIZE..).unwrap_or_default();
    parse(entries, entries)
}

/// Parses entries, whose values lie in `values`.
fn parse<'a>(mut entries: &'a [u8], values: &'a [u8]) -> Result<Vec<Entry<'a>>, Error> {
    let mut parsed = Vec::new();
    while u32_at(entries, 0)? != 0 {
        let length = usize::from(u8_at(entries, 0)?);
        let start = usize::from(u16_at(entries, 2)?);
        let inode = u32_at(entries, 4)?;
        let size = usize::try_from(u32_at(entries, 8)?).unwrap_or(usize::MAX);
        let corrupt = || {
            let what =
                format!("an extended attribute with {length} bytes of name and {size} of value");
            Error::corrupt(format!("{what} at byte {start}"))
        };
        let name = entries.get(ENTRY_SIZE..ENTRY_SIZE + length);
        let value = match inode {
            0 if size == 0 => Some(Value::Here(&[])),
            0 => {
                let value = values.get(start..).and_then(|values| values.get(..size));
                value.map(Value::Here)
            }
            inode => Some(Value::Inode(inode, size)),
        };
        parsed.push(Entry {
            prefix: u8_at(entries, 1)?,
            name: name.ok_or_else(corrupt)?,
            value: value.ok_or_else(corrupt)?,
        });
        let behind = (ENTRY_SIZE + length).next_multiple_of(END_SIZE);
        entries = entries.get(behind..).ok_or_else(corrupt)?;
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests;
