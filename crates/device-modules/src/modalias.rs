//! The name by which the kernel requests the module of a node.

use device_tree::Node;

/// The maximum length in bytes of a `compatible` property that is matched: much more than any device
/// has.
const MAX_COMPATIBLE: usize = 512;

/// Returns the name by which the kernel requests the module of a node:
/// `of:N<name>T<type>C<compatible>…`, with a `C` for each string of `compatible`. `None` if the node
/// has none, so that it is not a device.
///
/// Source of the format: `of_modalias()` in the kernel's `drivers/of/module.c`. Devices on I²C, SPI,
/// SPMI and other buses have it too, if they come from the device tree.
pub fn modalias(node: &Node) -> Option<String> {
    let length = node.property("compatible")?.len();
    let mut compatible = node.read_strings("compatible").peekable();
    if length > MAX_COMPATIBLE || compatible.peek().is_none() {
        return None;
    }
    let device_type = node.read_string("device_type").unwrap_or("(null)");
    let mut name = format!("of:N{}T{device_type}", node.base_name());
    for string in compatible {
        name.push('C');
        name.push_str(string);
    }
    Some(name.replace(' ', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contains_name_type_and_compatible() {
        let mut node = Node::new("usb@1");
        assert_eq!(modalias(&node), None);
        node.set_strings("compatible", &["a,b c", "d"]);
        assert_eq!(modalias(&node).unwrap(), "of:NusbT(null)Ca,b_cCd");
        node.set_strings("device_type", &["x"]);
        assert_eq!(modalias(&node).unwrap(), "of:NusbTxCa,b_cCd");
        node.set_strings("compatible", &[&"x".repeat(MAX_COMPATIBLE)]);
        assert_eq!(modalias(&node), None);
    }
}
