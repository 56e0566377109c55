//! Interrupt controllers.

use device_tree::{Index, NodeId};

/// The maximum number of steps to an interrupt controller: the references can be circular.
const MAX_STEPS: usize = 64;

/// Returns the controller that the `interrupts` of a node are for: that of its `interrupt-parent`, or
/// of the nearest node above it that has one or is a controller. As `of_irq_find_parent()` in the
/// kernel's `drivers/of/irq.c`.
pub(crate) fn interrupt_parent(index: &Index<'_>, id: NodeId) -> Option<NodeId> {
    let next = |id: &NodeId| match index.node(*id).read_u32("interrupt-parent") {
        Some(phandle) => index.by_phandle(phandle),
        None => index.parent(*id),
    };
    std::iter::successors(next(&id), next)
        .take(MAX_STEPS)
        .find(|id| index.node(*id).property("#interrupt-cells").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use device_tree::DeviceTree;

    fn parent_of(tree: &DeviceTree, name: &str) -> Option<String> {
        let index = Index::new(tree);
        let id = index.ids().find(|id| index.node(*id).name == name)?;
        let parent = interrupt_parent(&index, id)?;
        Some(index.node(parent).name.clone())
    }

    #[test]
    fn follows_the_nearest_interrupt_parent() {
        let mut tree = DeviceTree::default();
        tree.root.set_u32("interrupt-parent", 1);
        let intc = tree.add_node("/soc/intc").unwrap();
        intc.set_u32("phandle", 1);
        intc.set_u32("#interrupt-cells", 3);
        let gpio = tree.add_node("/soc/gpio").unwrap();
        gpio.set_u32("phandle", 2);
        gpio.set_u32("#interrupt-cells", 2);
        tree.add_node("/soc/usb").unwrap();
        tree.add_node("/soc/gpio/hog").unwrap();
        let chip = tree.add_node("/soc/i2c/chip").unwrap();
        chip.set_u32("interrupt-parent", 2);
        for (node, parent) in [("usb", "intc"), ("hog", "gpio"), ("chip", "gpio")] {
            assert_eq!(parent_of(&tree, node).as_deref(), Some(parent), "{node}");
        }
        // A cycle ends.
        tree.root.set_u32("interrupt-parent", 3);
        tree.root.set_u32("phandle", 3);
        assert_eq!(parent_of(&tree, "usb"), None);
    }
}
