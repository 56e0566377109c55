//! USB device controllers.

use device_tree::{Index, Node, NodeId};

/// The `compatible` of controllers that can be a device: the nodes that have `dr_mode`. Names are those
/// in the kernel's `Documentation/devicetree/bindings/usb` and in its drivers; the comments name the
/// drivers.
const CONTROLLERS: [&str; 59] = [
    // dwc3; the second also within the glue of Qualcomm
    "snps,dwc3",
    "qcom,snps-dwc3",
    "synopsys,dwc3",
    "apple,t8103-dwc3",
    "fsl,ls1028a-dwc3",
    "spacemit,k1-dwc3",
    "google,lga-dwc3",
    "nxp,imx94-dwc3",
    // dwc2
    "snps,dwc2",
    "brcm,bcm2835-usb",
    "hisilicon,hi6220-usb",
    "rockchip,rk3066-usb",
    "lantiq,xrx200-usb",
    "amlogic,meson8-usb",
    "amlogic,meson8b-usb",
    "amlogic,meson-gxbb-usb",
    "amlogic,meson-g12a-usb",
    "amlogic,meson-a1-usb",
    "samsung,s3c6400-hsotg",
    "st,stm32f4x9-fsotg",
    "st,stm32f4x9-hsotg",
    "st,stm32f7-hsotg",
    "st,stm32mp15-fsotg",
    "st,stm32mp15-hsotg",
    "intel,socfpga-agilex-hsotg",
    "sophgo,cv1800b-usb",
    // chipidea
    "qcom,ci-hdrc",
    "chipidea,usb2",
    "lsi,zevio-usb",
    "xlnx,zynq-usb-2.20a",
    "fsl,imx23-usb",
    "fsl,imx27-usb",
    "fsl,imx28-usb",
    "fsl,imx6q-usb",
    "fsl,imx7d-usb",
    "fsl,imx7ulp-usb",
    "nvidia,tegra20-udc",
    "nvidia,tegra30-udc",
    "nvidia,tegra114-udc",
    "nvidia,tegra124-udc",
    "nuvoton,npcm750-udc",
    // cdns3, mtu3
    "cdns,usb3",
    "mediatek,mtu3",
    // musb
    "allwinner,sun4i-a10-musb",
    "allwinner,sun6i-a31-musb",
    "allwinner,sun8i-a33-musb",
    "allwinner,sun8i-h3-musb",
    "allwinner,suniv-f1c100s-musb",
    "ingenic,jz4740-musb",
    "mediatek,mtk-musb",
    "ti,musb-am33xx",
    "ti,omap3-musb",
    "ti,omap4-musb",
    // tegra-xudc, renesas_usbhs, renesas_usb3
    "nvidia,tegra210-xudc",
    "nvidia,tegra186-xudc",
    "nvidia,tegra194-xudc",
    "nvidia,tegra234-xudc",
    "renesas,rcar-gen3-usbhs",
    "renesas,rcar-gen3-usb3-peri",
];

/// Returns the controllers that can be a device: enabled, and not only a host.
pub(crate) fn find_controllers(index: &Index<'_>) -> Vec<NodeId> {
    index
        .ids()
        .filter(|id| is_controller(index.node(*id)) && index.is_available(*id))
        .collect()
}

fn is_controller(node: &Node) -> bool {
    let is_known = node
        .read_strings("compatible")
        .any(|name| CONTROLLERS.contains(&name));
    is_known && node.read_string("dr_mode") != Some("host")
}

/// Whether the role of a controller is decided by other devices, such as that of a USB-C port.
pub(crate) fn has_role_switch(node: &Node) -> bool {
    let is_dual = node.read_string("dr_mode") != Some("peripheral");
    is_dual && is_controller(node) && node.property("usb-role-switch").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use device_tree::DeviceTree;

    #[test]
    fn controllers_are_enabled_and_not_only_hosts() {
        let mut tree = DeviceTree::default();
        for (name, compatible, property, value) in [
            ("a", "snps,dwc3", "", ""),
            ("b", "snps,dwc3", "dr_mode", "otg"),
            ("c", "snps,dwc3", "dr_mode", "peripheral"),
            ("d", "snps,dwc3", "dr_mode", "host"),
            ("e", "snps,dwc3", "status", "disabled"),
            ("f", "generic-ehci", "", ""),
        ] {
            let node = tree.add_node(&format!("/{name}")).unwrap();
            node.set_strings("compatible", &["x", compatible]);
            node.set_strings("usb-role-switch", &[]);
            node.set_strings(property, &[value]);
        }
        let index = Index::new(&tree);
        let found = find_controllers(&index);
        let names: Vec<_> = found.iter().map(|id| &index.node(*id).name[..]).collect();
        assert_eq!(names, ["a", "b", "c"]);
        let switched: Vec<_> = found
            .iter()
            .map(|id| has_role_switch(index.node(*id)))
            .collect();
        assert_eq!(switched, [true, true, false]);
    }
}
