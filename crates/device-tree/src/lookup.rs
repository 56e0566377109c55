//! Finds nodes by path, alias and phandle.

use crate::{DeviceTree, Node};

impl DeviceTree {
    /// Returns the node with this path: `/soc@0/usb@a600000`, `/soc/usb@a600000` (a unit address may be
    /// left out; the first node of that name is meant), or `serial0/…`, which begins with an alias.
    pub fn find(&self, path: &str) -> Option<&Node> {
        let path = self.expand_alias(path)?;
        let mut components = components(&path);
        components.try_fold(&self.root, |node, name| node.child(name))
    }

    /// Like [`DeviceTree::find`], to change the node.
    pub fn find_mut(&mut self, path: &str) -> Option<&mut Node> {
        let path = self.expand_alias(path)?;
        let mut components = components(&path);
        components.try_fold(&mut self.root, |node, name| node.child_mut(name))
    }

    /// Returns the path that an alias in `/aliases` stands for.
    pub fn alias(&self, name: &str) -> Option<&str> {
        let aliases = self.root.child("aliases")?;
        let path = aliases.read_string(name)?;
        path.starts_with('/').then_some(path)
    }

    /// Returns the node with this phandle. Where many are needed, [`crate::Index`] is faster.
    pub fn find_phandle(&self, phandle: u32) -> Option<&Node> {
        let path = self.phandle_path(phandle)?;
        self.node_at(&path)
    }

    /// Returns the path of a node that is given as positions among the children.
    pub(crate) fn path_text(&self, path: &[usize]) -> String {
        let mut text = String::new();
        let mut node = &self.root;
        for child in path.iter().map_while(|at| {
            node = node.children.get(*at)?;
            Some(node)
        }) {
            text.push('/');
            text.push_str(&child.name);
        }
        if text.is_empty() { "/".into() } else { text }
    }

    /// Returns the first node with this phandle, as positions among the children.
    pub(crate) fn phandle_path(&self, phandle: u32) -> Option<Vec<usize>> {
        fn search(node: &Node, phandle: u32, path: &mut Vec<usize>) -> bool {
            if node.phandle() == Some(phandle) {
                return true;
            }
            for (at, child) in node.children.iter().enumerate() {
                path.push(at);
                if search(child, phandle, path) {
                    return true;
                }
                path.pop();
            }
            false
        }
        let mut path = Vec::new();
        search(&self.root, phandle, &mut path).then_some(path)
    }

    /// Returns the node with this path or alias, as positions among the children.
    pub(crate) fn path_of(&self, path: &str) -> Option<Vec<usize>> {
        let path = self.expand_alias(path)?;
        let mut node = &self.root;
        let mut positions = Vec::new();
        for name in components(&path) {
            let at = node.child_position(name)?;
            positions.push(at);
            node = node.children.get(at)?;
        }
        Some(positions)
    }

    pub(crate) fn node_at(&self, path: &[usize]) -> Option<&Node> {
        path.iter()
            .try_fold(&self.root, |node, at| node.children.get(*at))
    }

    pub(crate) fn node_at_mut(&mut self, path: &[usize]) -> Option<&mut Node> {
        path.iter()
            .try_fold(&mut self.root, |node, at| node.children.get_mut(*at))
    }

    /// Replaces an alias at the start of a path.
    fn expand_alias(&self, path: &str) -> Option<String> {
        if path.starts_with('/') {
            return Some(path.to_owned());
        }
        let (alias, rest) = path.split_once('/').unwrap_or((path, ""));
        let start = self.alias(alias)?;
        Some(format!("{start}/{rest}"))
    }
}

/// Returns the names in a path. Slashes may be doubled.
pub(crate) fn components(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> DeviceTree {
        let mut tree = DeviceTree::default();
        let serial = tree.add_node("/soc@0/serial@1").unwrap();
        serial.set_u32("phandle", 5);
        tree.add_node("/soc@0/serial@1/child").unwrap();
        let aliases = tree.add_node("/aliases").unwrap();
        aliases.set_strings("serial0", &["/soc@0/serial@1"]);
        aliases.set_strings("relative", &["serial0"]);
        tree
    }

    #[test]
    fn finds_paths_and_aliases() {
        let mut tree = tree();
        for (path, name) in [
            ("/", Some("")),
            ("/soc@0/serial@1", Some("serial@1")),
            ("//soc/serial/", Some("serial@1")),
            ("serial0", Some("serial@1")),
            ("serial0/child", Some("child")),
            ("/soc@1", None),
            ("/soc@0/serial@1/child/x", None),
            ("serial1", None),
            ("relative", None),
            ("", None),
        ] {
            let found = tree.find(path).map(|node| node.name.as_str());
            assert_eq!(found, name, "{path}");
            assert_eq!(tree.path_of(path).is_some(), name.is_some(), "{path}");
            assert_eq!(tree.find_mut(path).is_some(), name.is_some(), "{path}");
        }
    }

    #[test]
    fn finds_phandles() {
        let tree = tree();
        assert_eq!(tree.find_phandle(5).unwrap().name, "serial@1");
        assert_eq!(tree.find_phandle(6), None);
        let path = tree.phandle_path(5).unwrap();
        assert_eq!(tree.path_text(&path), "/soc@0/serial@1");
        assert_eq!(tree.path_text(&[]), "/");
    }
}
