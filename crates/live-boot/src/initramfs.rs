//! The initramfs: stage0, modules, settings and files.

use boot_files::Source;
use fastboop_stage0_generator::{Initramfs, ModuleTree};

use crate::kernel::Found;
use crate::tree::EditedTree;
use crate::{
    Device, Error, Event, Events, ModulesReport, Needs, Request, device_needs, root_needs,
    usb_needs,
};

/// The root that stage0 mounts.
pub(crate) struct Root<'a> {
    /// The kind of the file system.
    pub(crate) kind: &'a str,
    /// Whether it comes over USB.
    pub(crate) is_usb: bool,
    /// Whether the USB gadget is a serial port too.
    pub(crate) has_console: bool,
}

/// Adds the modules that the root file system and the device need, and those requested.
pub(crate) fn add_modules(
    initramfs: &mut Initramfs,
    found: &Found,
    sources: &[Source],
    root: &Root,
    tree: Option<&EditedTree>,
    names: &[String],
    events: &mut Events,
) -> Result<(), Error> {
    let release = found.release.as_deref().unwrap_or("of unknown release");
    let directory = found.modules.as_ref();
    let directory = directory.and_then(|found| Some((found, sources.get(found.location.source)?)));
    let Some((directory, source)) = directory else {
        if !names.is_empty() {
            return Err(Error::NoModules(release.to_owned()));
        }
        events(Event::warning(format!(
            "the image has no modules for the kernel {release}; it boots only if the kernel has all drivers built in"
        )));
        return Ok(());
    };
    let modules = ModuleTree::in_image(source.fs, &directory.location.path, &directory.release)?;
    let mut needs = root_needs(root.kind, modules.index());
    if root.is_usb {
        let usb = usb_needs(root.has_console, modules.index());
        needs.modules.extend(usb.modules);
        needs.warnings.extend(usb.warnings);
    }
    if let Some(tree) = tree {
        let effect = match root.is_usb {
            true => "stage0 gets no root over USB: choose a disk with --root",
            false => "stage0 boots from a disk, but cannot use USB",
        };
        let device = device_needs(&tree.tree, modules.index()).unwrap_or_else(|error| Needs {
            warnings: vec![format!(
                "device tree {}: {error}; {effect}",
                tree.report.name
            )],
            ..Needs::default()
        });
        needs.modules.extend(device.modules);
        needs.unknown.extend(device.unknown);
        needs.warnings.extend(device.warnings);
    }
    let warnings = needs.warnings.drain(..);
    warnings.for_each(|message| events(Event::Warning { message }));
    let mut all: Vec<&str> = names.iter().map(String::as_str).collect();
    let loaded = needs.modules.iter().filter(|needed| !needed.builtin);
    all.extend(loaded.map(|needed| needed.module.as_str()));
    let totals = initramfs.add_modules(&modules, &all)?;
    events(Event::Modules(ModulesReport {
        release: directory.release.clone(),
        needed: needs.modules,
        unknown: needs.unknown,
        files: totals.files,
        bytes: totals.bytes,
    }));
    Ok(())
}

/// Adds the settings of the image and the user, the serial number of the device, and files; then completes it.
pub(crate) fn add_rest(
    initramfs: &mut Initramfs,
    settings: &[(&'static str, String)],
    device: &Device,
    request: &Request,
    events: &mut Events,
) -> Result<(), Error> {
    for (key, value) in settings {
        initramfs.add_setting(key, value)?;
    }
    let serial = device.serial.as_ref();
    if let Some(serial) = serial.filter(|_| request.setting("serial").is_none()) {
        // Any text may come from a device.
        if let Err(error) = initramfs.add_setting("serial", serial) {
            events(Event::warning(format!(
                "serial number: {error}; the machine ID differs in each boot"
            )));
        }
    }
    for (key, value) in &request.settings {
        initramfs.add_setting(key, value)?;
    }
    for file in &request.files {
        initramfs.add_file(file)?;
    }
    initramfs.finish(None)?;
    for warning in initramfs.warnings() {
        events(Event::warning(warning.as_str()));
    }
    Ok(())
}
