//! References from properties of an overlay to nodes, by phandle.

use std::collections::BTreeMap;

use super::{FIXUPS, LOCAL_FIXUPS, OVERLAY, SYMBOLS, fragments};
use crate::bytes::{array_at, u32_at};
use crate::{DeviceTree, Error, Node};

/// The maximum number of references to labels, each of which takes a search.
const MAX_PLACES: usize = 1 << 14;
const PHANDLES: [&str; 2] = ["phandle", "linux,phandle"];

impl DeviceTree {
    /// Adds `shift` to the phandles of an overlay and the references to them, so that they differ from
    /// the base's.
    pub(super) fn shift_phandles(&mut self, shift: u32) -> Result<(), Error> {
        change_phandles(&mut self.root, &|phandle| phandle.checked_add(shift))?;
        self.change_references(&|phandle| phandle.wrapping_add(shift))
    }

    /// Sets the references to labels of `base`.
    pub(super) fn resolve_labels(&mut self, base: &DeviceTree) -> Result<(), Error> {
        let Some(at) = self.root.child_position(FIXUPS) else {
            return Ok(());
        };
        let fixups = self.root.children.get(at).cloned().unwrap_or_default();
        let mut count = 0;
        for property in &fixups.properties {
            let label = &property.name;
            let phandle = base.label_phandle(label)?;
            let places = property.value.strip_suffix(&[0]);
            let places = places.and_then(|text| std::str::from_utf8(text).ok());
            let invalid = || Error::overlay(format!("/{FIXUPS}/{label}: expected strings"));
            for place in places.ok_or_else(invalid)?.split('\0') {
                count += 1;
                if count > MAX_PLACES {
                    return Err(Error::TooLarge(format!(
                        "/{FIXUPS}: more than {MAX_PLACES} references"
                    )));
                }
                self.resolve_place(place, phandle).ok_or_else(|| {
                    let what = "not `path:property:offset` of a phandle in the overlay";
                    Error::overlay(format!("/{FIXUPS}/{label}: `{place}`: {what}"))
                })?;
            }
        }
        Ok(())
    }

    /// Returns the phandle of the node with a label.
    fn label_phandle(&self, label: &str) -> Result<u32, Error> {
        let symbols = self.root.child(SYMBOLS);
        let path = symbols.and_then(|symbols| symbols.read_string(label));
        let path = path.ok_or_else(|| Error::UnknownLabel(label.to_owned()))?;
        let node = self.find(path);
        node.and_then(Node::phandle).ok_or_else(|| {
            Error::overlay(format!(
                "label `{label}`: the base has no node {path} with a phandle"
            ))
        })
    }

    /// Sets a reference that is described as `path:property:offset`.
    fn resolve_place(&mut self, place: &str, phandle: u32) -> Option<()> {
        let (path, rest) = place.split_once(':')?;
        let (property, offset) = rest.split_once(':')?;
        let value = self.find_mut(path)?.property_mut(property)?;
        write_u32(value, offset.parse().ok()?, phandle)
    }

    /// Gives nodes of an overlay that are merged into nodes with a phandle that phandle, which
    /// properties of the base refer to.
    pub(super) fn keep_base_phandles(&mut self, base: &DeviceTree) -> Result<(), Error> {
        let mut phandles = BTreeMap::new();
        for fragment in fragments(self) {
            let target = match base.find_target(fragment) {
                // A node of another fragment.
                Err(Error::UnknownTarget { .. }) => continue,
                target => base.node_at(&target?),
            };
            if let (Some(target), Some(changes)) = (target, fragment.child(OVERLAY)) {
                collect_conflicts(target, changes, &mut phandles);
            }
        }
        if phandles.is_empty() {
            return Ok(());
        }
        let change = |phandle| phandles.get(&phandle).copied().unwrap_or(phandle);
        change_phandles(&mut self.root, &|phandle| Some(change(phandle)))?;
        self.change_references(&change)
    }

    /// Changes the references within an overlay.
    fn change_references(&mut self, change: &dyn Fn(u32) -> u32) -> Result<(), Error> {
        match self.root.child(LOCAL_FIXUPS).cloned() {
            Some(fixups) => change_references(&mut self.root, &fixups, change),
            None => Ok(()),
        }
    }
}

/// Changes the phandles of a node and all below it.
fn change_phandles(node: &mut Node, change: &dyn Fn(u32) -> Option<u32>) -> Result<(), Error> {
    let name = node.name.clone();
    for property in PHANDLES {
        let Some(value) = node.property_mut(property) else {
            continue;
        };
        let phandle = array_at(value, 0).filter(|_| value.len() == 4);
        let phandle = phandle.map(u32::from_be_bytes).and_then(change);
        // The largest number is reserved.
        let phandle = phandle.filter(|phandle| *phandle != u32::MAX);
        let invalid = || Error::overlay(format!("node {name}: {property} is not a valid phandle"));
        *value = phandle.ok_or_else(invalid)?.to_be_bytes().to_vec();
    }
    let mut children = node.children.iter_mut();
    children.try_for_each(|child| change_phandles(child, change))
}

/// Changes the references in a node and all below it, which `fixups` lists: for each property, the
/// offsets in bytes.
fn change_references(
    node: &mut Node,
    fixups: &Node,
    change: &dyn Fn(u32) -> u32,
) -> Result<(), Error> {
    let name = node.name.clone();
    for fixup in &fixups.properties {
        let property = &fixup.name;
        let invalid =
            |what: &str| Error::overlay(format!("{LOCAL_FIXUPS}: {name}/{property}: {what}"));
        let offsets = fixups.read_u32_list(property);
        let offsets = offsets.ok_or_else(|| invalid("expected offsets of 4 bytes"))?;
        let value = node.property_mut(property);
        let value = value.ok_or_else(|| invalid("no such property"))?;
        for offset in offsets {
            let changed = usize::try_from(offset).ok().and_then(|offset| {
                let phandle = change(u32_at(value, offset)?);
                write_u32(value, offset, phandle)
            });
            changed.ok_or_else(|| invalid(&format!("shorter than its phandle at {offset}")))?;
        }
    }
    for fixups in &fixups.children {
        let child = node.child_mut(&fixups.name).ok_or_else(|| {
            Error::overlay(format!(
                "{LOCAL_FIXUPS}: {name} has no child {}",
                fixups.name
            ))
        })?;
        change_references(child, fixups, change)?;
    }
    Ok(())
}

/// Collects the phandles of `changes` and of nodes below it that differ from those of the same nodes in
/// the base.
fn collect_conflicts(base: &Node, changes: &Node, phandles: &mut BTreeMap<u32, u32>) {
    if let (Some(old), Some(new)) = (base.phandle(), changes.phandle()) {
        phandles.insert(new, old);
    }
    for child in &changes.children {
        if let Some(base) = base.child(&child.name) {
            collect_conflicts(base, child, phandles);
        }
    }
}

fn write_u32(value: &mut [u8], offset: usize, number: u32) -> Option<()> {
    let place = value.get_mut(offset..)?.get_mut(..4)?;
    place.copy_from_slice(&number.to_be_bytes());
    Some(())
}
