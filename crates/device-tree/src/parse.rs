//! Reads the flattened format: Devicetree Specification 0.4, sections 5.3 and 5.4.

use crate::bytes::{align, array_at, text_at, u32_at};
use crate::header::{Header, to_size};
use crate::write::{BEGIN_NODE, END, END_NODE, NOP, PROP};
use crate::{DeviceTree, Error, MAX_DEPTH, Node, Property, Reservation};

/// The maximum number of bytes of memory that a tree takes.
const MAX_MEMORY: usize = 16 << 20;
/// The maximum number of properties, and of children, of a node: they are searched one by one. Boards
/// with labels have less than 10,000 properties in `/__symbols__`.
const MAX_ENTRIES: usize = 1 << 14;
/// What an allocation takes beside its content.
const ALLOCATION: usize = 16;

impl DeviceTree {
    /// Reads a flattened device tree of version 16 or 17, or a newer one that is compatible with these.
    /// Bytes after the size in the header are ignored.
    ///
    /// # Errors
    /// [`Error::Magic`], [`Error::Version`], [`Error::Corrupt`]; [`Error::TooLarge`] and
    /// [`Error::TooDeep`] beyond the limits in the documentation of the [crate].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let header = Header::parse(bytes)?;
        let bytes = bytes.get(..header.size).unwrap_or_default();
        Ok(DeviceTree {
            root: Structure::new(bytes, &header)?.read_root()?,
            reservations: read_reservations(bytes, header.reservations)?,
            boot_cpu: header.boot_cpu,
        })
    }
}

/// The entry of size 0 ends the list, whatever its address is, as for dtc and libfdt.
fn read_reservations(bytes: &[u8], start: usize) -> Result<Vec<Reservation>, Error> {
    let mut reservations = Vec::new();
    for offset in (start..).step_by(16).take(bytes.len() / 16 + 1) {
        let number = |offset| array_at(bytes, offset).map(u64::from_be_bytes);
        let (Some(address), Some(size)) = (number(offset), number(offset.saturating_add(8))) else {
            break;
        };
        if size == 0 {
            return Ok(reservations);
        }
        reservations.push(Reservation { address, size });
    }
    Err(Error::corrupt(format!(
        "memory reservations at {start}: no entry of size 0 at the end"
    )))
}

/// The structure block while it is read.
struct Structure<'a> {
    bytes: &'a [u8],
    strings: &'a [u8],
    /// The offset of the next token in `bytes`.
    offset: usize,
    /// The bytes of memory that are left.
    memory: usize,
}

impl<'a> Structure<'a> {
    fn new(bytes: &'a [u8], header: &Header) -> Result<Self, Error> {
        let block = |name: &str, start: usize, size: usize| {
            let block = bytes.get(start..).and_then(|rest| rest.get(..size));
            let outside = || {
                let total = bytes.len();
                Error::corrupt(format!(
                    "{name} block: {size} bytes at {start}, beyond the end at {total}"
                ))
            };
            block.ok_or_else(outside)
        };
        let rest = bytes.len().saturating_sub(header.structure);
        let size = header.structure_size.unwrap_or(rest);
        Ok(Structure {
            bytes: block("structure", header.structure, size)?,
            strings: block("strings", header.strings, header.strings_size)?,
            offset: 0,
            memory: MAX_MEMORY,
        })
    }

    fn read_root(mut self) -> Result<Node, Error> {
        // The nodes that are not complete yet, from the root down.
        let mut open: Vec<Node> = Vec::new();
        loop {
            let (at, token) = (self.offset, self.read_u32()?);
            match token {
                NOP => {}
                BEGIN_NODE => {
                    let node = self.read_node(open.is_empty())?;
                    open.push(node);
                    if open.len() > MAX_DEPTH {
                        let names: Vec<_> = open.iter().map(|node| node.name.as_str()).collect();
                        return Err(Error::TooDeep(names.join("/")));
                    }
                }
                PROP => {
                    let property = self.read_property()?;
                    let node = open.last_mut().filter(|node| node.children.is_empty());
                    let Some(node) = node else {
                        let name = property.name;
                        let what = "outside of a node, or after its children";
                        return Err(Error::corrupt(format!("property {name} at {at}: {what}")));
                    };
                    push(&mut node.properties, property, &node.name)?;
                }
                END_NODE => match (open.pop(), open.last_mut()) {
                    (Some(node), Some(parent)) => push(&mut parent.children, node, &parent.name)?,
                    (Some(root), None) => return self.finish(root),
                    (None, _) => {
                        return Err(Error::corrupt(format!("end of a node at {at}: no node")));
                    }
                },
                _ => {
                    return Err(Error::corrupt(format!(
                        "structure block: token {token:#x} at {at}, expected 1 to 4"
                    )));
                }
            }
        }
    }

    fn finish(mut self, root: Node) -> Result<Node, Error> {
        loop {
            match self.read_u32()? {
                NOP => {}
                END => return Ok(root),
                token => {
                    return Err(Error::corrupt(format!(
                        "structure block: token {token:#x} after the root, expected {END}"
                    )));
                }
            }
        }
    }

    fn read_node(&mut self, is_root: bool) -> Result<Node, Error> {
        let at = self.offset;
        let name = text_at(self.bytes, at);
        let name = name.ok_or_else(|| Error::corrupt(format!("node at {at}: unfinished name")))?;
        self.offset = align(at + name.len() + 1);
        let is_valid = if is_root {
            name.is_empty()
        } else {
            is_name(name)
        };
        if !is_valid {
            let name = name.escape_ascii();
            return Err(Error::corrupt(format!("node at {at}: the name \"{name}\"")));
        }
        self.allocate::<Node>(name.len())?;
        Ok(Node::new(String::from_utf8_lossy(name)))
    }

    fn read_property(&mut self) -> Result<Property, Error> {
        let size = to_size(self.read_u32()?);
        let name_at = to_size(self.read_u32()?);
        let at = self.offset;
        let name = text_at(self.strings, name_at).filter(|name| name.is_ascii());
        let name = name.ok_or_else(|| {
            Error::corrupt(format!(
                "property at {at}: no name at {name_at} of the strings"
            ))
        })?;
        let value = self.bytes.get(at..).and_then(|rest| rest.get(..size));
        let name = String::from_utf8_lossy(name).into_owned();
        let value = value.ok_or_else(|| {
            Error::corrupt(format!(
                "property {name}: {size} bytes at {at}, beyond the structure block"
            ))
        })?;
        self.offset = align(at + size);
        self.allocate::<Property>(name.len() + value.len())?;
        let value = value.to_vec();
        Ok(Property { name, value })
    }

    fn read_u32(&mut self) -> Result<u32, Error> {
        let at = self.offset;
        let missing = || {
            Error::corrupt(format!(
                "structure block: ends at {at} without a last token"
            ))
        };
        let number = u32_at(self.bytes, at).ok_or_else(missing)?;
        self.offset = at + 4;
        Ok(number)
    }

    /// Counts a value in a list, which may have twice its size while it grows, and `size` bytes beside
    /// it.
    fn allocate<T>(&mut self, size: usize) -> Result<(), Error> {
        let size = size.saturating_add(2 * (size_of::<T>() + ALLOCATION));
        let memory = self.memory.checked_sub(size);
        self.memory = memory.ok_or_else(|| {
            Error::TooLarge(format!(
                "a device tree of more than {MAX_MEMORY} bytes of memory"
            ))
        })?;
        Ok(())
    }
}

/// Appends a property or child of the node with the given name.
fn push<T>(list: &mut Vec<T>, entry: T, node: &str) -> Result<(), Error> {
    if list.len() == MAX_ENTRIES {
        return Err(Error::TooLarge(format!(
            "node {node}: more than {MAX_ENTRIES} properties or children"
        )));
    }
    list.push(entry);
    Ok(())
}

/// Whether a node other than the root can have this name. Characters are not limited to those of the
/// specification, which other programs do not check either.
fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.is_ascii() && !name.contains(&b'/')
}

#[cfg(test)]
mod tests;
