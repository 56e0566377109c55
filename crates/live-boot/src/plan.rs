//! The choice of everything that a boot image consists of.

use android_bootimg::Header;
use boot_files::{DeviceInfo, Source};
use device_profiles::BootImageParameters;
use fastboop_stage0_generator::{Compression, Initramfs};
use image_files::System;

use crate::command_line::command_line;
use crate::kernel::Found;
use crate::tree::{EditedTree, Name};
use crate::{Device, Error, Event, Events, Request, initramfs, kernel, parameters, root, tree};

/// What a boot image consists of. Nothing is packed yet.
pub struct Plan<'a> {
    pub(crate) found: Found<'a>,
    pub(crate) tree: Option<EditedTree>,
    pub(crate) initramfs: Initramfs,
    pub(crate) ramdisk_compression: Compression,
    pub(crate) is_gzip: bool,
    pub(crate) header: Header,
    pub(crate) parameters: BootImageParameters,
    pub(crate) max_download: Option<u64>,
}

impl<'a> Plan<'a> {
    /// Chooses what to boot out of `system`. `sources` are its file systems, [`System::sources`].
    ///
    /// # Errors
    /// See [`Error`]: the image lacks something, does not fit the device, or the request is invalid.
    pub fn new(
        system: &System,
        sources: &'a [Source<'a>],
        device: &Device,
        request: &Request,
        events: &mut Events,
    ) -> Result<Self, Error> {
        let found = kernel::find(sources, request)?;
        let files = found.files.as_ref();
        let info = files.and_then(|files| files.device_info.as_ref());
        let parameters = parameters::choose(device.profile.as_ref(), info)?;
        let cmdline = command_line(&parameters, request)?;
        let header = parameters::header(&parameters, &cmdline)?;
        let is_gzip = parameters::is_gzip(&parameters)?;
        let ramdisk_compression = parameters::ramdisk_compression(&parameters)?;
        let mut initramfs = Initramfs::new(request.stage0.as_deref())?;
        kernel::check(&found.kernel, initramfs.stage0().target, &parameters)?;

        let settings = root::settings(system, request);
        let os = files.and_then(|files| files.os_name.clone());
        let report = root::report(system, os, request, &settings);
        if report.setting.is_none() {
            events(Event::warning(
                "root: neither the file system nor its partition has a UUID; stage0 does not find it without --root",
            ));
        }
        events(Event::Root(report));
        let tree = edit_tree(&found, device, request, &parameters, events)?;
        let profile = device.profile.as_ref();
        let mut names = request.modules.clone();
        names.extend(
            profile
                .map_or(&[][..], |profile| &profile.stage0.kernel_modules)
                .to_vec(),
        );
        let root = initramfs::Root {
            kind: system.volume().fs.kind(),
            is_usb: request.is_root_over_usb(),
            has_console: request.setting("usb_console") == Some("on"),
        };
        initramfs::add_modules(
            &mut initramfs,
            &found,
            sources,
            &root,
            tree.as_ref(),
            &names,
            events,
        )?;
        initramfs::add_rest(&mut initramfs, &settings, device, request, events)?;
        Ok(Plan {
            found,
            tree,
            initramfs,
            ramdisk_compression,
            is_gzip,
            header,
            parameters,
            max_download: device.max_download,
        })
    }

    /// Returns the paths of all files that are read, which an output must not replace.
    pub fn inputs(&self) -> impl Iterator<Item = &std::path::Path> {
        self.initramfs.inputs()
    }
}

/// Reads the device tree and changes it for the device.
fn edit_tree(
    found: &Found,
    device: &Device,
    request: &Request,
    parameters: &BootImageParameters,
    events: &mut Events,
) -> Result<Option<EditedTree>, Error> {
    let files = found.files.as_ref();
    let is_in_image = parameters::has_device_tree(parameters);
    let info = files.and_then(|files| files.device_info.as_ref());
    let Some(name) = tree_name(device, request, info)? else {
        if is_in_image {
            return Err(Error::NoDeviceTree);
        }
        events(Event::warning(
            "device tree: none is named, so the modules that the device needs are not known; name it with --dtb",
        ));
        return Ok(None);
    };
    let mut tree = tree::open(files, name, &request.dtbo)?;
    if let Some(profile) = &device.profile {
        let serial = request.setting("serial").or(device.serial.as_deref());
        tree.inject_mac(&profile.stage0.inject_mac, serial, events)?;
    }
    tree.report.is_in_image = is_in_image;
    let is_changed = request.dtb.is_some() || !request.dtbo.is_empty();
    if !is_in_image && is_changed {
        events(Event::warning(format!(
            "device tree: boot images with header version {} and encoding {} contain none; the boot loader passes its own to the kernel",
            parameters.header_version, parameters.kernel_encoding
        )));
    }
    events(Event::DeviceTree(tree.report.clone()));
    Ok(Some(tree))
}

/// The user's device tree, or that of the profile, or the only one in the image's deviceinfo.
fn tree_name<'a>(
    device: &'a Device,
    request: &'a Request,
    info: Option<&'a DeviceInfo>,
) -> Result<Option<Name<'a>>, Error> {
    if let Some(name) = &request.dtb {
        return Ok(Some(Name::Requested(name)));
    }
    if let Some(profile) = &device.profile {
        return Ok(Some(Name::InImage(&profile.device_tree)));
    }
    match info.map_or(&[][..], |info| &info.dtbs) {
        [] => Ok(None),
        [only] => Ok(Some(Name::InImage(only))),
        several => Err(Error::SeveralDeviceTrees(several.to_vec())),
    }
}
