//! MAC addresses for devices whose own are in a partition that nothing here reads.

use device_profiles::MacAddresses;
use device_tree::{AddressKind, DeviceTree, Index};
use sha2::{Digest, Sha256};

use crate::{Error, MacReport};

/// Begins what is digested, so that an address differs from everything else that is derived from a serial number.
const CONTEXT: &str = "fastboop MAC address v1";

/// Derives a MAC address from a serial number: the first 6 bytes of the SHA-256 digest of a context, the name of the
/// interface, and the serial number, with the bits of a locally administered unicast address (IEEE 802, section 8.4).
fn derive(interface: &str, serial: &str) -> [u8; 6] {
    let digest = Sha256::digest(format!("{CONTEXT}\0{interface}\0{serial}"));
    let mut address = [0; 6];
    address.copy_from_slice(digest.get(..6).unwrap_or(&[0; 6]));
    address[0] = address[0] & !0x01 | 0x02;
    address
}

/// Sets the addresses that a profile requests, except where the tree has one. Returns what was set, and
/// warnings.
pub(crate) fn inject(
    tree: &mut DeviceTree,
    wanted: &MacAddresses,
    serial: Option<&str>,
) -> Result<(Vec<MacReport>, Vec<String>), Error> {
    let (mut set, mut warnings) = (Vec::new(), Vec::new());
    for (interface, kind, compatible) in [
        ("wifi", AddressKind::Mac, &wanted.wifi),
        ("bluetooth", AddressKind::Bluetooth, &wanted.bluetooth),
    ] {
        let Some(compatible) = compatible else {
            continue;
        };
        let Some(serial) = serial else {
            warnings.push(format!(
                "{interface}: no MAC address, as the serial number of the device is not known; set it with --set serial="
            ));
            continue;
        };
        let Some(node) = find(tree, compatible) else {
            warnings.push(format!(
                "{interface}: no MAC address, as the device tree has no node compatible with {compatible}"
            ));
            continue;
        };
        if has_address(tree, &node, kind) {
            continue;
        }
        let address = derive(interface, serial);
        let applied = tree.set_mac_address(&node, kind, address);
        applied.map_err(|error| Error::device_tree(node.as_str(), error))?;
        let address = address.map(|byte| format!("{byte:02x}")).join(":");
        set.push(MacReport { node, address });
    }
    Ok((set, warnings))
}

/// Returns the path of the first node that is compatible.
fn find(tree: &DeviceTree, compatible: &str) -> Option<String> {
    let index = Index::new(tree);
    let mut ids = index.ids();
    let id = ids.find(|id| {
        let mut names = index.node(*id).read_strings("compatible");
        names.any(|name| name == compatible)
    })?;
    Some(index.path(id))
}

/// Whether the tree has an address that is not all zeros, which stand for none.
fn has_address(tree: &DeviceTree, node: &str, kind: AddressKind) -> bool {
    let name = match kind {
        AddressKind::Mac => "local-mac-address",
        AddressKind::Bluetooth => "local-bd-address",
    };
    let address = tree.find(node).and_then(|node| node.property(name));
    address.is_some_and(|address| address.iter().any(|byte| *byte != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> DeviceTree {
        let mut tree = DeviceTree::default();
        for (path, compatible) in [("/soc/wifi@1", "a,wifi"), ("/soc/uart/bluetooth", "a,bt")] {
            let node = tree.add_node(path).unwrap();
            node.set_strings("compatible", &["x", compatible]);
        }
        tree
    }

    fn wanted() -> MacAddresses {
        MacAddresses {
            wifi: Some("a,wifi".to_owned()),
            bluetooth: Some("a,bt".to_owned()),
        }
    }

    #[test]
    fn addresses_are_stable_local_and_differ_by_device_and_interface() {
        // Stable: whoever changes the derivation changes the addresses of all devices.
        assert_eq!(derive("wifi", "1a2b3c4d"), WIFI);
        for serial in ["1a2b3c4d", "", "1a2b3c4e"] {
            let (wifi, bluetooth) = (derive("wifi", serial), derive("bluetooth", serial));
            assert_ne!(wifi, bluetooth);
            assert_eq!((wifi[0] & 3, bluetooth[0] & 3), (2, 2));
        }
        assert_ne!(derive("wifi", "1a2b3c4d"), derive("wifi", "1a2b3c4e"));
    }

    const WIFI: [u8; 6] = [0xf6, 0x4f, 0x7a, 0x0e, 0xf0, 0x76];

    #[test]
    fn sets_the_addresses_of_a_profile() {
        let mut tree = tree();
        let (set, warnings) = inject(&mut tree, &wanted(), Some("1")).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        let nodes: Vec<_> = set.iter().map(|mac| mac.node.as_str()).collect();
        assert_eq!(nodes, ["/soc/wifi@1", "/soc/uart/bluetooth"]);
        let property = |path, name| tree.find(path).unwrap().property(name).unwrap().to_vec();
        assert_eq!(
            property("/soc/wifi@1", "local-mac-address"),
            derive("wifi", "1")
        );
        let mut reversed = derive("bluetooth", "1");
        reversed.reverse();
        assert_eq!(
            property("/soc/uart/bluetooth", "local-bd-address"),
            reversed
        );
    }

    #[test]
    fn keeps_an_address_but_not_zeros() {
        let mut tree = tree();
        let node = tree.find_mut("/soc/wifi@1").unwrap();
        node.set_property("local-mac-address", [0, 0, 0, 0, 0, 1]);
        let node = tree.find_mut("/soc/uart/bluetooth").unwrap();
        node.set_property("local-bd-address", [0; 6]);
        let (set, _) = inject(&mut tree, &wanted(), Some("1")).unwrap();
        assert_eq!(set.len(), 1);
        assert_eq!(set[0].node, "/soc/uart/bluetooth");
    }

    #[test]
    fn warns_without_a_serial_number_or_a_node() {
        let (set, warnings) = inject(&mut tree(), &wanted(), None).unwrap();
        assert!(set.is_empty());
        assert!(warnings[1].contains("--set serial="), "{warnings:?}");
        let mut tree = DeviceTree::default();
        let (_, warnings) = inject(&mut tree, &wanted(), Some("1")).unwrap();
        assert!(
            warnings[0].contains("compatible with a,wifi"),
            "{warnings:?}"
        );
    }
}
