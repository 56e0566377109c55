//! Merges the changes of a fragment into the base.

use super::OVERLAY;
use crate::{DeviceTree, Error, MAX_DEPTH, Node, Property};

impl DeviceTree {
    /// Merges a fragment into its target.
    pub(super) fn merge(&mut self, fragment: &Node) -> Result<(), Error> {
        let path = self.find_target(fragment)?;
        let text = self.path_text(&path);
        let depth = path.len() + 1;
        match (self.node_at_mut(&path), fragment.child(OVERLAY)) {
            (Some(target), Some(changes)) => merge_node(target, changes, depth, &text),
            _ => Ok(()),
        }
    }
}

/// Merges `changes` into a node, whose depth is `depth` and path is `path`.
fn merge_node(node: &mut Node, changes: &Node, depth: usize, path: &str) -> Result<(), Error> {
    for property in &changes.properties {
        node.insert_property(&property.name, property.value.clone());
    }
    for changes in &changes.children {
        let path = format!("{}/{}", path.trim_end_matches('/'), changes.name);
        if depth >= MAX_DEPTH {
            return Err(Error::TooDeep(path));
        }
        let child = node.insert_child(&changes.name);
        child.map_or(Ok(()), |child| merge_node(child, changes, depth + 1, &path))?;
    }
    Ok(())
}

impl Node {
    /// Changes the value of a property, or inserts it before the others.
    pub(super) fn insert_property(&mut self, name: &str, value: Vec<u8>) {
        match self.property_mut(name) {
            Some(old) => *old = value,
            None => {
                let name = name.to_owned();
                self.properties.insert(0, Property { name, value });
            }
        }
    }

    /// Returns a child. Inserts it before the others if it is missing.
    pub(super) fn insert_child(&mut self, name: &str) -> Option<&mut Node> {
        let at = self.child_position(name).unwrap_or_else(|| {
            self.children.insert(0, Node::new(name));
            0
        });
        self.children.get_mut(at)
    }
}
