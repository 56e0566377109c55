use super::*;
use device_tree::DeviceTree;

/// Nodes `/s1` to `/s4`, of which each has two cells for each kind of reference, and `/user`.
fn tree() -> DeviceTree {
    let mut tree = DeviceTree::default();
    for number in 1..=4 {
        let node = tree.add_node(&format!("/s{number}")).unwrap();
        node.set_u32("phandle", number);
        for cells in LISTS.iter().filter_map(|(_, cells)| *cells) {
            node.set_u32(cells, 2);
        }
    }
    tree.add_node("/user").unwrap();
    tree
}

fn names(tree: &DeviceTree, user: &str) -> Vec<String> {
    let index = Index::new(tree);
    let id = index.ids().find(|id| index.node(*id).name == user).unwrap();
    let references = references(&index, id).into_iter();
    references
        .map(|found| format!("{} {}", found.property, index.node(found.supplier).name))
        .collect()
}

fn cells(numbers: &[u32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_be_bytes())
        .collect()
}

#[test]
fn skips_the_cells_of_each_supplier() {
    for (property, value, expected) in [
        (
            "clocks",
            &[1, 2, 3, 4, 1, 1][..],
            &["clocks s1", "clocks s4"][..],
        ),
        ("reset-gpios", &[2, 1, 1], &["reset-gpios s2"]),
        ("x-gpio", &[2, 1, 1], &["x-gpio s2"]),
        ("pinctrl-0", &[1, 2], &["pinctrl-0 s1", "pinctrl-0 s2"]),
        ("vdd-supply", &[3], &["vdd-supply s3"]),
        ("dmas", &[0, 0, 4, 1, 1], &["dmas s4"]),
        ("phys", &[1, 0, 0, 9, 2, 3], &["phys s1"]),
        ("phys", &[1], &["phys s1"]),
        ("pinctrl-names", &[1], &[]),
        ("a,nr-gpios", &[1], &[]),
        ("leds", &[1], &[]),
    ] {
        let mut tree = tree();
        let node = tree.find_mut("/user").unwrap();
        node.set_property(property, cells(value));
        assert_eq!(names(&tree, "user"), expected, "{property}");
    }
}

#[test]
fn leaves_out_disabled_and_later_suppliers_and_hogs() {
    let mut tree = tree();
    let node = tree.find_mut("/user").unwrap();
    node.set_property("pinctrl-0", cells(&[1, 2, 3]));
    node.set_u32("post-init-providers", 2);
    node.set_property("gpios", cells(&[4, 0, 0]));
    node.set_property("gpio-hog", []);
    tree.find_mut("/s1")
        .unwrap()
        .set_strings("status", &["reserved"]);
    assert_eq!(names(&tree, "user"), ["pinctrl-0 s3"]);
}

#[test]
fn finds_suppliers_without_a_reference() {
    let mut tree = tree();
    tree.find_mut("/s3")
        .unwrap()
        .set_strings("compatible", &["qcom,smem"]);
    let node = tree.find_mut("/user").unwrap();
    node.set_strings("compatible", &["qcom,msm8916-rpm-proc", "qcom,rpm-proc"]);
    assert_eq!(names(&tree, "user"), ["needs s3"]);
}

#[test]
fn follows_ports_of_controllers_with_a_role_switch() {
    let mut tree = tree();
    let end = tree.add_node("/usb/ports/port@0/endpoint").unwrap();
    end.set_u32("remote-endpoint", 8);
    let other = tree.add_node("/s4/ports/port@1/endpoint@0").unwrap();
    other.set_u32("phandle", 8);
    let node = tree.find_mut("/usb").unwrap();
    node.set_strings("compatible", &["snps,dwc3"]);
    assert_eq!(names(&tree, "usb"), [""; 0]);
    tree.find_mut("/usb")
        .unwrap()
        .set_property("usb-role-switch", []);
    assert_eq!(names(&tree, "usb"), ["remote-endpoint s4"]);
}
