//! The kernel modules that an image and a device need.

use device_modules::select;
use device_tree::DeviceTree;
use kernel_modules::ModuleIndex;
use serde::Serialize;

/// A module that is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NeededModule {
    /// The name of the module.
    pub module: String,
    /// Whether it is built into the kernel, so that it is not in the initramfs.
    pub builtin: bool,
    /// Why it is needed.
    pub reason: String,
}

/// What an image or a device needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// The modules, each once, in the order in which they are loaded.
    pub modules: Vec<NeededModule>,
    /// What the kernel has no module for, and may need none for: for explanations.
    pub unknown: Vec<String>,
    /// What the kernel certainly lacks.
    pub warnings: Vec<String>,
}

/// Returns the modules that stage0 needs to mount a root file system of this kind, such as `ext4`.
pub fn root_needs(kind: &str, index: &ModuleIndex) -> Needs {
    let root = (kind, format!("the root file system is {kind}"));
    let overlay = (
        "overlay",
        "stage0 mounts an overlay over the root".to_owned(),
    );
    choose([root, overlay], index)
}

/// What a root over USB needs besides the USB device controller, in the order of loading (`docs/stage0.md`).
const USB_ROOT: [(&str, &str); 4] = [
    ("configfs", "the USB gadget is configured in configfs"),
    (
        "libcomposite",
        "the root comes over USB: libcomposite makes the USB gadget",
    ),
    (
        "usb_f_fs",
        "the root comes over USB: stage0 serves the USB gadget through FunctionFS",
    ),
    (
        "ublk_drv",
        "the root comes over USB: ublk makes it a block device",
    ),
];

/// What `usb_console=on` needs too.
const USB_CONSOLE: (&str, &str) = (
    "usb_f_acm",
    "the setting usb_console makes the USB gadget a serial port",
);

/// Returns the modules that stage0 needs to get its root over USB, besides those of [`device_needs`].
pub fn usb_needs(has_console: bool, index: &ModuleIndex) -> Needs {
    let console = has_console.then_some(USB_CONSOLE);
    let modules = USB_ROOT.into_iter().chain(console);
    choose(
        modules.map(|(module, reason)| (module, reason.to_owned())),
        index,
    )
}

/// Finds modules. One that the kernel lacks is a warning.
fn choose<'a>(modules: impl IntoIterator<Item = (&'a str, String)>, index: &ModuleIndex) -> Needs {
    let mut needs = Needs::default();
    for (module, reason) in modules {
        let builtin = index.is_builtin(module);
        if !builtin && index.find(module).is_none() {
            let warning = format!("{reason}, but the kernel has no module {module}");
            needs.warnings.push(warning);
            continue;
        }
        needs.modules.push(NeededModule {
            module: module.to_owned(),
            builtin,
            reason,
        });
    }
    needs
}

/// Returns the modules that the device with this device tree needs to be a USB gadget.
///
/// # Errors
/// As [`device_modules::select`].
pub fn device_needs(
    tree: &DeviceTree,
    index: &ModuleIndex,
) -> Result<Needs, device_modules::Error> {
    let selection = select(tree, index)?;
    let modules = selection.choices.into_iter().map(|choice| NeededModule {
        module: choice.module,
        builtin: choice.is_builtin,
        reason: choice.reason,
    });
    let unknown = selection.missing.into_iter();
    let unknown = unknown.map(|node| format!("no module for {}: {}", node.path, node.reason));
    Ok(Needs {
        modules: modules.collect(),
        unknown: unknown.collect(),
        warnings: Vec::new(),
    })
}
