//! All nodes of a tree in one list, with their parents.

use std::collections::BTreeMap;

use crate::{DeviceTree, Node};

/// The nodes of a tree in the order in which they are stored, for programs that follow many references.
#[derive(Debug)]
pub struct Index<'a> {
    entries: Vec<(&'a Node, Option<NodeId>)>,
    phandles: BTreeMap<u32, NodeId>,
}

/// A node of an [`Index`]. Ids are in the order in which the tree stores the nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(usize);

impl<'a> Index<'a> {
    /// Lists the nodes of a tree. If several have the same phandle, it refers to the first.
    pub fn new(tree: &'a DeviceTree) -> Self {
        let mut index = Index {
            entries: Vec::new(),
            phandles: BTreeMap::new(),
        };
        let mut steps = vec![(&tree.root, None)];
        while let Some((node, parent)) = steps.pop() {
            let id = NodeId(index.entries.len());
            index.entries.push((node, parent));
            if let Some(phandle) = node.phandle() {
                index.phandles.entry(phandle).or_insert(id);
            }
            let children = node.children.iter().rev();
            steps.extend(children.map(|child| (child, Some(id))));
        }
        index
    }

    /// Returns the ids of all nodes.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.entries.len()).map(NodeId)
    }

    /// Returns a node. `id` must be of this index; one of another tree may return an unrelated node.
    pub fn node(&self, id: NodeId) -> &'a Node {
        static NONE: Node = Node {
            name: String::new(),
            properties: Vec::new(),
            children: Vec::new(),
        };
        self.entries.get(id.0).map_or(&NONE, |(node, _)| node)
    }

    /// Returns the parent of a node; `None` for the root.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.entries.get(id.0).and_then(|(_, parent)| *parent)
    }

    /// Returns a node, its parent, and so on to the root.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(Some(id), |id| self.parent(*id))
    }

    /// Returns the node with this phandle.
    pub fn by_phandle(&self, phandle: u32) -> Option<NodeId> {
        self.phandles.get(&phandle).copied()
    }

    /// Whether a node and all nodes above it are enabled, so that its device exists.
    pub fn is_available(&self, id: NodeId) -> bool {
        self.ancestors(id).all(|id| self.node(id).is_enabled())
    }

    /// Returns the path of a node.
    pub fn path(&self, id: NodeId) -> String {
        let mut names: Vec<&str> = self
            .ancestors(id)
            .map(|id| self.node(id).name.as_str())
            .collect();
        if names.len() == 1 {
            return "/".into();
        }
        names.reverse();
        names.join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_nodes_with_parents_phandles_and_paths() {
        let mut tree = DeviceTree::default();
        tree.add_node("/bus/a@1").unwrap().set_u32("phandle", 3);
        tree.add_node("/bus/b").unwrap().set_u32("phandle", 3);
        tree.add_node("/c").unwrap();
        let index = Index::new(&tree);
        let paths: Vec<_> = index.ids().map(|id| index.path(id)).collect();
        assert_eq!(paths, ["/", "/bus", "/bus/a@1", "/bus/b", "/c"]);
        let found = index.by_phandle(3).unwrap();
        assert_eq!(index.node(found).name, "a@1");
        assert_eq!(index.ancestors(found).count(), 3);
        assert_eq!(index.by_phandle(4), None);
    }

    #[test]
    fn devices_below_disabled_nodes_are_not_available() {
        let mut tree = DeviceTree::default();
        tree.add_node("/bus/a")
            .unwrap()
            .set_strings("status", &["ok"]);
        let available = |tree: &DeviceTree| {
            let index = Index::new(tree);
            index.ids().filter(|id| index.is_available(*id)).count()
        };
        assert_eq!(available(&tree), 3);
        tree.find_mut("/bus")
            .unwrap()
            .set_strings("status", &["disabled"]);
        assert_eq!(available(&tree), 1);
    }
}
