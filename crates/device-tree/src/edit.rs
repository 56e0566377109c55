//! Changes that boot loaders make.

use std::ops::Range;

use crate::lookup::components;
use crate::{DeviceTree, Error, MAX_DEPTH, Node};

/// The kind of a network address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressKind {
    /// The MAC address of Ethernet or Wi-Fi: `local-mac-address`.
    Mac,
    /// The address of Bluetooth: `local-bd-address`.
    Bluetooth,
}

impl DeviceTree {
    /// Returns the node with this path, and creates it and the nodes above it if they are missing. Like
    /// [`DeviceTree::find`], it accepts names without unit addresses for nodes that exist.
    ///
    /// # Errors
    /// [`Error::TooDeep`]; [`Error::InvalidName`] for a path that does not begin with `/` or is not
    /// ASCII without NUL.
    pub fn add_node(&mut self, path: &str) -> Result<&mut Node, Error> {
        if !path.starts_with('/') || !path.is_ascii() || path.contains('\0') {
            return Err(Error::InvalidName(format!("the path {path:?}")));
        }
        if components(path).count() >= MAX_DEPTH {
            return Err(Error::TooDeep(path.to_owned()));
        }
        let mut node = &mut self.root;
        for name in components(path) {
            let at = match node.child_position(name) {
                Some(at) => at,
                None => {
                    node.children.push(Node::new(name));
                    node.children.len() - 1
                }
            };
            let missing = || Error::NotFound(path.to_owned());
            node = node.children.get_mut(at).ok_or_else(missing)?;
        }
        Ok(node)
    }

    /// Sets the command line and the range of physical memory with the initramfs in `/chosen`, where
    /// the kernel reads them (its `Documentation/devicetree/usage-model.rst`). What is `None` remains
    /// as it is.
    ///
    /// # Errors
    /// [`Error::InvalidName`] if the command line contains NUL.
    pub fn set_chosen(
        &mut self,
        bootargs: Option<&str>,
        initrd: Option<Range<u64>>,
    ) -> Result<(), Error> {
        if bootargs.is_some_and(|text| text.contains('\0')) {
            return Err(Error::InvalidName("a command line with NUL".into()));
        }
        let chosen = self.add_node("/chosen")?;
        if let Some(text) = bootargs {
            chosen.set_strings("bootargs", &[text]);
        }
        // The kernel accepts two cells whatever the sizes of addresses in the tree are.
        if let Some(range) = initrd {
            chosen.set_property("linux,initrd-start", range.start.to_be_bytes());
            chosen.set_property("linux,initrd-end", range.end.to_be_bytes());
        }
        Ok(())
    }

    /// Sets the address of a network device, given by its path or alias. `address` is in the order in
    /// which it is written; the property for Bluetooth has the last byte first (the kernel's binding
    /// `net/bluetooth/bluetooth-controller.yaml`).
    ///
    /// # Errors
    /// [`Error::NotFound`] if the tree lacks the device.
    pub fn set_mac_address(
        &mut self,
        device: &str,
        kind: AddressKind,
        mut address: [u8; 6],
    ) -> Result<(), Error> {
        let node = self.find_mut(device);
        let node = node.ok_or_else(|| Error::NotFound(device.to_owned()))?;
        match kind {
            AddressKind::Mac => node.set_property("local-mac-address", address),
            AddressKind::Bluetooth => {
                address.reverse();
                node.set_property("local-bd-address", address);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_command_line_and_initrd() {
        let mut tree = DeviceTree::default();
        tree.set_chosen(Some("a=b"), Some(0x1_0000_0000..0x1_0000_0010))
            .unwrap();
        tree.set_chosen(Some("c"), None).unwrap();
        let chosen = tree.find("/chosen").unwrap();
        assert_eq!(chosen.read_string("bootargs"), Some("c"));
        assert_eq!(chosen.read_u64("linux,initrd-start"), Some(0x1_0000_0000));
        assert_eq!(chosen.read_u64("linux,initrd-end"), Some(0x1_0000_0010));
        assert_eq!(tree.root.children.len(), 1);
        assert!(tree.set_chosen(Some("a\0b"), None).is_err());
    }

    #[test]
    fn sets_addresses_by_path_or_alias() {
        let mut tree = DeviceTree::default();
        tree.add_node("/soc/wifi@1").unwrap();
        let aliases = tree.add_node("/aliases").unwrap();
        aliases.set_strings("bluetooth0", &["/soc/wifi@1"]);
        let address = [1, 2, 3, 4, 5, 6];
        tree.set_mac_address("/soc/wifi", AddressKind::Mac, address)
            .unwrap();
        tree.set_mac_address("bluetooth0", AddressKind::Bluetooth, address)
            .unwrap();
        let node = tree.find("/soc/wifi@1").unwrap();
        assert_eq!(node.property("local-mac-address"), Some(&address[..]));
        assert_eq!(
            node.property("local-bd-address"),
            Some(&[6, 5, 4, 3, 2, 1][..])
        );
        let error = tree.set_mac_address("ethernet0", AddressKind::Mac, address);
        assert_eq!(error, Err(Error::NotFound("ethernet0".into())));
    }

    #[test]
    fn adds_nodes_with_those_above() {
        let mut tree = DeviceTree::default();
        tree.add_node("/soc@0/usb@1").unwrap();
        tree.add_node("/soc/usb@2").unwrap();
        let soc = tree.find("/soc@0").unwrap();
        let names: Vec<_> = soc.children.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names, ["usb@1", "usb@2"]);
        assert!(tree.add_node("soc").is_err());
        assert!(tree.add_node("/s\0c").is_err());
        let deep = "/a".repeat(MAX_DEPTH - 1);
        tree.add_node(&deep).unwrap();
        let error = tree.add_node(&(deep + "/a"));
        assert!(matches!(error, Err(Error::TooDeep(_))));
        DeviceTree::parse(&tree.to_bytes()).unwrap();
    }
}
