//! Writes the flattened format: Devicetree Specification 0.4, chapter 5.

use crate::strings::Strings;
use crate::{DeviceTree, Node};

pub(crate) const MAGIC: u32 = 0xd00d_feed;
const HEADER_SIZE: usize = 40;
const VERSION: u32 = 17;
/// The oldest version that can read what is written.
const COMPATIBLE: u32 = 16;

pub(crate) const BEGIN_NODE: u32 = 1;
pub(crate) const END_NODE: u32 = 2;
pub(crate) const PROP: u32 = 3;
pub(crate) const NOP: u32 = 4;
pub(crate) const END: u32 = 9;

impl DeviceTree {
    /// Returns the flattened tree, of version 17, laid out as by dtc(1): header, reservations,
    /// structure, strings, without padding. The same tree gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let strings = Strings::new(&self.root);
        let mut structure = Vec::new();
        write_node(&self.root, &strings, &mut structure);
        push(&mut structure, END);
        let reservations_size = (self.reservations.len() + 1) * 16;
        let structure_at = HEADER_SIZE + reservations_size;
        let strings_at = structure_at + structure.len();
        let size = strings_at + strings.block().len();

        let mut bytes = Vec::with_capacity(size);
        push(&mut bytes, MAGIC);
        for offset in [size, structure_at, strings_at, HEADER_SIZE] {
            push_size(&mut bytes, offset);
        }
        push(&mut bytes, VERSION);
        push(&mut bytes, COMPATIBLE);
        push(&mut bytes, self.boot_cpu);
        push_size(&mut bytes, strings.block().len());
        push_size(&mut bytes, structure.len());
        for reservation in &self.reservations {
            bytes.extend_from_slice(&reservation.address.to_be_bytes());
            bytes.extend_from_slice(&reservation.size.to_be_bytes());
        }
        bytes.extend_from_slice(&[0; 16]);
        bytes.extend_from_slice(&structure);
        bytes.extend_from_slice(strings.block());
        bytes
    }
}

fn write_node(node: &Node, strings: &Strings, bytes: &mut Vec<u8>) {
    push(bytes, BEGIN_NODE);
    bytes.extend_from_slice(node.name.as_bytes());
    bytes.push(0);
    pad(bytes);
    for property in &node.properties {
        push(bytes, PROP);
        push_size(bytes, property.value.len());
        push_size(bytes, strings.offset(&property.name));
        bytes.extend_from_slice(&property.value);
        pad(bytes);
    }
    for child in &node.children {
        write_node(child, strings, bytes);
    }
    push(bytes, END_NODE);
}

fn push(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend_from_slice(&number.to_be_bytes());
}

/// The format has no larger offsets; nobody builds a tree of 4 GiB.
fn push_size(bytes: &mut Vec<u8>, size: usize) {
    push(bytes, u32::try_from(size).unwrap_or(u32::MAX));
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reservation;

    #[test]
    fn writes_the_layout_of_dtc() {
        let mut tree = DeviceTree {
            boot_cpu: 7,
            ..DeviceTree::default()
        };
        tree.reservations.push(Reservation {
            address: 1,
            size: 2,
        });
        tree.root.set_property("ab", *b"x\0");
        tree.root.children.push(Node::new("n@1"));
        let words: Vec<u32> = vec![
            MAGIC,
            0x77,
            0x48,
            0x74,
            0x28,
            17,
            16,
            7,
            3,
            0x2c,
            0,
            1,
            0,
            2,
            0,
            0,
            0,
            0,
            1,
            0,
            3,
            2,
            0,
            0x7800_0000,
            1,
            0x6e40_3100,
            2,
            2,
            9,
        ];
        let mut expected: Vec<u8> = words.into_iter().flat_map(u32::to_be_bytes).collect();
        expected.extend_from_slice(b"ab\0");
        assert_eq!(tree.to_bytes(), expected);
        assert_eq!(DeviceTree::parse(&expected), Ok(tree));
    }
}
