//! The choice of modules.

use device_tree::{DeviceTree, Index, Node, NodeId};
use kernel_modules::ModuleIndex;

use crate::Error;
use crate::controllers::find_controllers;
use crate::graph::{Graph, Reasons};
use crate::modalias::modalias;

/// The modules for the USB device controllers of a device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The paths of the controllers.
    pub controllers: Vec<String>,
    /// The modules, each once; suppliers before those that need them.
    pub choices: Vec<Choice>,
    /// Nodes on the way for which the kernel has no module.
    pub missing: Vec<Missing>,
}

/// A module that a device needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The name of the module.
    pub module: String,
    /// Whether it is built into the kernel, so that there is nothing to load.
    pub is_builtin: bool,
    /// The path of the first node with this driver.
    pub path: String,
    /// How the controller needs it: `usb@a6f8800 → phys → phy@88e9000 (qcom,sdm845-qmp-usb3-dp-phy)`.
    pub reason: String,
}

/// A node without a module.
///
/// Its driver may be builtin all the same: older kernels do not list the aliases of builtin drivers in
/// `modules.builtin.modinfo`, and drivers that cannot be modules are never listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The path of the node.
    pub path: String,
    /// How the controller needs it, as in [`Choice::reason`].
    pub reason: String,
}

impl Selection {
    /// Returns the names of the modules that are not builtin.
    pub fn modules(&self) -> impl Iterator<Item = &str> {
        let choices = self.choices.iter().filter(|choice| !choice.is_builtin);
        choices.map(|choice| choice.module.as_str())
    }
}

/// `compatible` of nodes that need no driver of their own, or one that the kernel always has: it starts
/// with them, before there are modules.
const CORE: [&str; 16] = [
    "arm,cortex-a15-gic",
    "arm,gic-400",
    "arm,gic-v3",
    "arm,psci",
    "arm,psci-0.2",
    "arm,psci-1.0",
    "fixed-clock",
    "fixed-factor-clock",
    "fixed-layout",
    "qcom,msm-qgic2",
    "simple-bus",
    "simple-mfd",
    "syscon",
    "usb-a-connector",
    "usb-b-connector",
    "usb-c-connector",
];

/// Parts of chips that do not have `compatible`: the start of that of the chip, and the name by which
/// the kernel requests the module of the part, which its driver creates (`struct mfd_cell` in the
/// kernel's `drivers/mfd`).
const CELLS: [(&str, &str); 6] = [
    ("maxim,max20024", "platform:max77620-pmic"),
    ("maxim,max77620", "platform:max77620-pmic"),
    ("mediatek,mt6359", "platform:mt6359-regulator"),
    ("mediatek,mt6365", "platform:mt6359-regulator"),
    ("rockchip,rk8", "platform:rk808-regulator"),
    ("x-powers,axp", "platform:axp20x-regulator"),
];

fn cells(node: &Node) -> impl Iterator<Item = &'static str> {
    let compatible = node.read_strings("compatible").next().unwrap_or_default();
    let cells = CELLS.iter();
    cells.filter_map(move |(chip, cell)| compatible.starts_with(chip).then_some(*cell))
}

/// Chooses the modules for the USB device controllers of a device: the drivers of the controllers, of
/// the nodes above them, and of the suppliers of these, with the nodes above those.
///
/// `modules` should have the aliases of builtin modules ([`ModuleIndex::add_builtin_aliases`]);
/// otherwise nodes with builtin drivers are [`Missing`].
///
/// # Errors
/// [`Error::NoController`]; [`Error::TooLarge`] for trees that are not of a real device.
pub fn select(tree: &DeviceTree, modules: &ModuleIndex) -> Result<Selection, Error> {
    let index = Index::new(tree);
    let controllers = find_controllers(&index);
    if controllers.is_empty() {
        return Err(Error::NoController);
    }
    let mut graph = Graph::new(&index);
    let reasons = graph.reach(&controllers)?;
    let mut selection = Selection {
        controllers: controllers.iter().map(|id| index.path(*id)).collect(),
        ..Selection::default()
    };
    for id in graph.order(&controllers)? {
        let Some(alias) = modalias(index.node(id)) else {
            continue;
        };
        let mut names = modules.aliased(&alias);
        names.extend(cells(index.node(id)).flat_map(|cell| modules.aliased(cell)));
        let path = index.path(id);
        let reason = reason(&index, &reasons, id);
        if names.is_empty() {
            if !is_core(&index, id) {
                selection.missing.push(Missing { path, reason });
            }
            continue;
        }
        for name in names {
            if selection.choices.iter().all(|choice| choice.module != name) {
                selection.choices.push(Choice {
                    module: name.to_owned(),
                    is_builtin: modules.is_builtin(name),
                    path: path.clone(),
                    reason: reason.clone(),
                });
            }
        }
    }
    Ok(selection)
}

fn is_core(index: &Index<'_>, id: NodeId) -> bool {
    let mut compatible = index.node(id).read_strings("compatible");
    compatible.any(|name| CORE.contains(&name))
}

/// Describes how a node is reached from a controller.
fn reason(index: &Index<'_>, reasons: &Reasons<'_>, id: NodeId) -> String {
    let node = index.node(id);
    let compatible = node.read_strings("compatible").next().unwrap_or_default();
    let mut parts = vec![format!("{} ({compatible})", node.name)];
    let mut current = id;
    while let Some(Some((user, property))) = reasons.get(&current) {
        parts.push((*property).to_owned());
        parts.push(index.node(*user).name.clone());
        current = *user;
    }
    parts.reverse();
    parts.join(" → ")
}

#[cfg(test)]
mod tests;
