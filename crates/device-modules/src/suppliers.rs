//! The suppliers that properties of a node refer to.

use device_tree::{Index, Node, NodeId};

use crate::controllers::has_role_switch;
use crate::interrupts::interrupt_parent;

/// A reference from a node to another one that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    pub(crate) supplier: NodeId,
    /// The name of the property.
    pub(crate) property: &'a str,
}

/// Properties that are lists of phandles, each followed by as many cells as a property of the supplier
/// names.
///
/// From `of_supplier_bindings` in the kernel's `drivers/of/property.c`, without `leds`, `backlight`,
/// `panel`, `pwms`, and `msi-parent`, which no part of a USB gadget needs. fw_devlink does not wait for
/// `iommus` and `dmas`, but the drivers do.
const LISTS: [(&str, Option<&str>); 25] = [
    ("clocks", Some("#clock-cells")),
    ("phys", Some("#phy-cells")),
    ("power-domains", Some("#power-domain-cells")),
    ("resets", Some("#reset-cells")),
    ("interconnects", Some("#interconnect-cells")),
    ("iommus", Some("#iommu-cells")),
    ("interrupts-extended", Some("#interrupt-cells")),
    ("extcon", None),
    ("nvmem-cells", Some("#nvmem-cell-cells")),
    ("mboxes", Some("#mbox-cells")),
    ("io-channels", Some("#io-channel-cells")),
    ("dmas", Some("#dma-cells")),
    ("hwlocks", Some("#hwlock-cells")),
    ("access-controllers", Some("#access-controller-cells")),
    ("power-supplies", None),
    ("wakeup-parent", None),
    ("gpio", Some("#gpio-cells")),
    ("gpios", Some("#gpio-cells")),
    // Not known to fw_devlink: devm_usb_get_phy_by_phandle() and its predecessors.
    ("usb-phy", None),
    ("fsl,usbphy", None),
    ("fsl,usbmisc", Some("#index-cells")),
    // of_clk_set_defaults() before a driver is called.
    ("assigned-clocks", Some("#clock-cells")),
    ("assigned-clock-parents", Some("#clock-cells")),
    // of_bcm_voter_get(), of_nvmem_device_get()
    ("qcom,bcm-voters", None),
    ("nvmem", None),
];

/// Suppliers without a reference: drivers of nodes with one of the first names look for the device with
/// the second.
const UNNAMED: [(&str, &str); 6] = [
    // qcom_smem_get() in drivers/rpmsg/qcom_smd.c
    ("qcom,rpm-proc", "qcom,smem"),
    ("qcom,smd", "qcom,smem"),
    ("qcom,glink-rpm", "qcom,smem"),
    // qcom_scm_is_available() in drivers/iommu/arm/arm-smmu/arm-smmu-qcom.c
    ("qcom,sdm845-smmu-500", "qcom,scm"),
    ("qcom,smmu-500", "qcom,scm"),
    ("qcom,smmu-v2", "qcom,scm"),
];

/// Returns what a node refers to, each supplier once, without those that are not enabled.
pub(crate) fn references<'a>(index: &Index<'a>, id: NodeId) -> Vec<Reference<'a>> {
    let node = index.node(id);
    let mut found = Vec::new();
    for property in &node.properties {
        let name = property.name.as_str();
        match cells_name(node, name) {
            Some(cells) => listed(index, &property.value, cells, &mut |id| {
                found.push((id, name))
            }),
            None if name == "interrupts" => {
                found.extend(interrupt_parent(index, id).map(|id| (id, name)));
            }
            None => {}
        }
    }
    found.extend(unnamed(index, node).map(|id| (id, "needs")));
    if has_role_switch(node) {
        found.extend(remote_ports(index, id).map(|id| (id, "remote-endpoint")));
    }
    let later = node
        .read_u32_list("post-init-providers")
        .unwrap_or_default();
    found.retain(|(supplier, _)| {
        let is_later = index
            .node(*supplier)
            .phandle()
            .is_some_and(|phandle| later.contains(&phandle));
        !is_later && *supplier != id && index.is_available(*supplier)
    });
    found.sort_by_key(|(supplier, _)| *supplier);
    found.dedup_by_key(|(supplier, _)| *supplier);
    let references = found.into_iter();
    references
        .map(|(supplier, property)| Reference { supplier, property })
        .collect()
}

/// Whether a property is a list of suppliers, and which of their properties has the number of cells for
/// each.
fn cells_name(node: &Node, property: &str) -> Option<Option<&'static str>> {
    let is_gpio = property.ends_with("-gpios") || property.ends_with("-gpio");
    let is_hog = property.starts_with("gpio") && node.property("gpio-hog").is_some();
    let is_state = property
        .strip_prefix("pinctrl-")
        .is_some_and(|number| number.parse::<u8>().is_ok());
    if let Some((_, cells)) = LISTS.iter().find(|(name, _)| *name == property) {
        (!is_hog).then_some(*cells)
    } else if is_state || property.ends_with("-supply") {
        Some(None)
    } else if is_gpio && !property.ends_with(",nr-gpios") {
        Some(Some("#gpio-cells"))
    } else {
        None
    }
}

/// Visits the nodes in a list of phandles. Where a phandle is unknown, the number of its cells is too,
/// and the rest of the list has no meaning.
fn listed(index: &Index<'_>, value: &[u8], cells: Option<&str>, visit: &mut dyn FnMut(NodeId)) {
    let mut numbers = value.chunks_exact(4).map(|cell| {
        cell.iter()
            .fold(0, |number, byte| number << 8 | u32::from(*byte))
    });
    while let Some(phandle) = numbers.next() {
        // An optional entry that is left out.
        if phandle == 0 {
            continue;
        }
        let Some(id) = index.by_phandle(phandle) else {
            return;
        };
        visit(id);
        let count = cells.and_then(|cells| index.node(id).read_u32(cells));
        for _ in 0..count.unwrap_or_default() {
            if numbers.next().is_none() {
                return;
            }
        }
    }
}

/// Returns the suppliers of [`UNNAMED`].
fn unnamed(index: &Index<'_>, node: &Node) -> impl Iterator<Item = NodeId> {
    let rows = UNNAMED.iter().filter(|(consumer, _)| is(node, consumer));
    rows.flat_map(move |(_, supplier)| index.ids().filter(move |id| is(index.node(*id), supplier)))
}

fn is(node: &Node, compatible: &str) -> bool {
    node.read_strings("compatible")
        .any(|name| name == compatible)
}

/// Returns the devices at the other ends of the ports of a controller (the kernel's
/// `Documentation/devicetree/bindings/graph.txt`), such as a USB-C port.
fn remote_ports(index: &Index<'_>, controller: NodeId) -> impl Iterator<Item = NodeId> {
    let endpoints = index
        .ids()
        .filter(move |id| index.ancestors(*id).any(|id| id == controller));
    let remote = endpoints.filter_map(|id| {
        let phandle = index.node(id).read_u32("remote-endpoint")?;
        index.by_phandle(phandle)
    });
    remote.filter_map(|id| {
        let mut nodes = index.ancestors(id);
        nodes.find(|id| !matches!(index.node(*id).base_name(), "endpoint" | "port" | "ports"))
    })
}

#[cfg(test)]
mod tests;
