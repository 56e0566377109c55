use super::*;
use kernel_modules::IndexFiles;

/// A tree from lines: a path begins a node, a line with two spaces is `property: value`, where `<…>`
/// are numbers and anything else is a string. `&name` in numbers is the phandle of a node, which are
/// all numbered.
fn tree(text: &str) -> DeviceTree {
    let paths: Vec<&str> = text
        .lines()
        .map(str::trim_end)
        .filter(|line| line.starts_with('/'))
        .collect();
    let phandle = |name: &str| {
        let at = paths
            .iter()
            .position(|path| path.ends_with(&format!("/{name}")))
            .unwrap();
        at as u32 + 1
    };
    let mut tree = DeviceTree::default();
    let mut path = "/";
    for line in text.lines() {
        if line.starts_with('/') {
            path = line.trim_end();
            let at = paths.iter().position(|found| *found == path).unwrap();
            tree.add_node(path)
                .unwrap()
                .set_u32("phandle", at as u32 + 1);
            continue;
        }
        let Some((name, value)) = line.trim().split_once(": ") else {
            continue;
        };
        let node = tree.find_mut(path).unwrap();
        match value.strip_prefix('<') {
            Some(cells) => {
                let cells = cells.trim_end_matches('>').split(' ').map(|cell| {
                    match cell.strip_prefix('&') {
                        Some(name) => phandle(name),
                        None => cell.parse().unwrap(),
                    }
                });
                let value: Vec<u8> = cells.flat_map(u32::to_be_bytes).collect();
                node.set_property(name, value);
            }
            None => node.set_strings(name, &value.split(' ').collect::<Vec<_>>()),
        }
    }
    tree
}

/// A phone: a controller in its glue, a PHY with a supply of a PMIC, a clock controller in a cycle with
/// the display, and an interconnect that the kernel does not know.
const PHONE: &str = "
/soc@0
  compatible: simple-bus
/soc@0/intc
  compatible: arm,gic-v3
  #interrupt-cells: <3>
/soc@0/usb@a6
  compatible: q,dwc3
  clocks: <&gcc 5 &gcc 6>
  interconnects: <&noc>
/soc@0/usb@a6/usb@a0
  compatible: snps,dwc3
  dr_mode: peripheral
  interrupts: <0 1 2>
  interrupt-parent: <&intc>
  phys: <&phy@88>
/soc@0/phy@88
  compatible: q,phy
  #phy-cells: <0>
  vdd-supply: <&ldo1>
  clocks: <&gcc 7>
/soc@0/gcc
  compatible: q,gcc
  #clock-cells: <1>
  clocks: <&xo &display 0>
/soc@0/display
  compatible: q,display
  #clock-cells: <1>
  clocks: <&gcc 9>
  panel: <&panel>
/soc@0/panel
  compatible: q,display
/soc@0/noc
  compatible: q,noc
/soc@0/rsc
  compatible: q,rsc
/soc@0/rsc/pmic
  compatible: q,pmic
/soc@0/rsc/pmic/ldo1
  regulator-name: l1
/xo
  compatible: fixed-clock
  #clock-cells: <0>
";

fn index() -> ModuleIndex {
    let names = [
        "dwc3", "dwc3-q", "phy-q", "q-pmic", "display", "axp", "axp-reg",
    ];
    let files = IndexFiles {
        dep: names.iter().map(|name| format!("k/{name}.ko:\n")).collect(),
        alias: "alias of:N*T*Cq,phy phy_q\n\
            alias of:N*T*Cq,phyC* phy_q\n\
            alias of:N*T*Csnps,dwc3 dwc3\n\
            alias of:N*T*Cq,dwc3 dwc3_q\n\
            alias of:N*T*Cq,display display\n\
            alias of:N*T*Cq,pmic q_pmic\n\
            alias of:N*T*Cx-powers,axp803 axp\n\
            alias platform:axp20x-regulator axp_reg\n"
            .into(),
        builtin: "k/gcc.ko\nk/rsc.ko\n".into(),
        ..IndexFiles::default()
    };
    let mut index = ModuleIndex::new("7.2", files).unwrap();
    index.add_builtin_aliases("gcc.alias=of:N*T*Cq,gcc\0rsc.alias=of:N*T*Cq,rsc\0");
    index
}

fn reasons(selection: &Selection) -> Vec<String> {
    let choices = selection.choices.iter();
    choices
        .map(|choice| {
            let builtin = if choice.is_builtin { "*" } else { "" };
            format!("{}{builtin}: {}", choice.module, choice.reason)
        })
        .collect()
}

#[test]
fn chooses_drivers_of_all_that_the_controller_needs() {
    let selection = select(&tree(PHONE), &index()).unwrap();
    assert_eq!(selection.controllers, ["/soc@0/usb@a6/usb@a0"]);
    let expected = [
        "gcc*: usb@a0 → parent → usb@a6 → clocks → gcc (q,gcc)",
        "dwc3_q: usb@a0 → parent → usb@a6 (q,dwc3)",
        "rsc*: usb@a0 → phys → phy@88 → vdd-supply → ldo1 → parent → pmic → parent → rsc (q,rsc)",
        "q_pmic: usb@a0 → phys → phy@88 → vdd-supply → ldo1 → parent → pmic (q,pmic)",
        "phy_q: usb@a0 → phys → phy@88 (q,phy)",
        "dwc3: usb@a0 (snps,dwc3)",
    ];
    assert_eq!(reasons(&selection), expected);
    assert_eq!(selection.choices[4].path, "/soc@0/phy@88");
    let modules: Vec<_> = selection.modules().collect();
    assert_eq!(modules, ["dwc3_q", "q_pmic", "phy_q", "dwc3"]);
    let order = index();
    assert!(order.load_plan(selection.modules()).is_ok());
}

#[test]
fn reports_nodes_without_a_module() {
    let selection = select(&tree(PHONE), &index()).unwrap();
    let missing = Missing {
        path: "/soc@0/noc".into(),
        reason: "usb@a0 → parent → usb@a6 → interconnects → noc (q,noc)".into(),
    };
    assert_eq!(selection.missing, [missing]);
}

#[test]
fn follows_a_phy_below_the_controller() {
    let tree = tree(
        "
/usb
  compatible: snps,dwc3
  phys: <&phy>
/usb/ulpi/phy
  compatible: q,phy
  #phy-cells: <0>
  clocks: <&usb>
",
    );
    let selection = select(&tree, &index()).unwrap();
    assert_eq!(selection.modules().collect::<Vec<_>>(), ["phy_q", "dwc3"]);
}

#[test]
fn chooses_parts_of_chips_without_compatible() {
    let tree = tree(
        "
/usb
  compatible: snps,dwc3
  vbus-supply: <&drivevbus>
/i2c/pmic
  compatible: x-powers,axp803
/i2c/pmic/regulators/drivevbus
  regulator-name: vbus
",
    );
    let selection = select(&tree, &index()).unwrap();
    assert_eq!(
        selection.modules().collect::<Vec<_>>(),
        ["axp", "axp_reg", "dwc3"]
    );
}

#[test]
fn rejects_trees_without_a_controller() {
    assert_eq!(
        select(&tree("/usb\n  compatible: generic-ehci\n"), &index()),
        Err(Error::NoController)
    );
}

#[test]
fn limits_the_number_of_nodes() {
    let mut tree = tree("/usb\n  compatible: snps,dwc3\n");
    let mut phandles = Vec::new();
    for number in 2..1100_u32 {
        let node = tree.add_node(&format!("/n{number}")).unwrap();
        node.set_u32("phandle", number);
        phandles.extend(number.to_be_bytes());
    }
    tree.find_mut("/usb")
        .unwrap()
        .set_property("pinctrl-0", phandles);
    let error = select(&tree, &index()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the USB device controllers in the device tree need more than 1024 nodes"
    );
}
