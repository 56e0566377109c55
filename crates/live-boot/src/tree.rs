//! The device tree: out of the image or a file, with overlays and MAC addresses.

use std::path::Path;

use boot_files::{BootFiles, Dtb};
use device_profiles::MacAddresses;
use device_tree::{DeviceTree, MAX_SIZE};
use fastboop_files::file;

use crate::{DeviceTreeReport, Error, Events, mac};

/// A device tree as it is passed to the kernel.
pub(crate) struct EditedTree {
    pub(crate) tree: DeviceTree,
    /// The flattened tree: as it was read, if nothing was changed.
    pub(crate) bytes: Vec<u8>,
    pub(crate) report: DeviceTreeReport,
}

/// The name of a device tree or an overlay.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Name<'a> {
    /// The user's: a file of this path, if there is one, or else a name in the image.
    Requested(&'a str),
    /// That of a profile or of the image itself: only a name in the image, which must not choose files of this machine.
    InImage(&'a str),
}

impl<'a> Name<'a> {
    fn as_str(self) -> &'a str {
        match self {
            Name::Requested(name) | Name::InImage(name) => name,
        }
    }

    /// The path of the file, if it exists.
    fn file(self) -> Option<&'a Path> {
        match self {
            Name::Requested(name) => Some(Path::new(name)).filter(|path| path.is_file()),
            Name::InImage(_) => None,
        }
    }
}

/// Returns a device tree of an image with overlays applied. Each name is that of a file, if there is one, or else
/// one in the image.
///
/// # Errors
/// [`Error::BootFiles`] if one of them is missing, [`Error::DeviceTree`] if one cannot be read or applied.
pub fn find_device_tree(
    files: &BootFiles,
    name: &str,
    overlays: &[String],
) -> Result<DeviceTree, Error> {
    Ok(open(Some(files), Name::Requested(name), overlays)?.tree)
}

/// Reads a device tree and applies overlays. `files` is `None` if the image has no device trees for the kernel.
pub(crate) fn open(
    files: Option<&BootFiles>,
    name: Name,
    overlays: &[String],
) -> Result<EditedTree, Error> {
    let find = |files: &BootFiles| files.find_dtb(name.as_str()).cloned();
    let (mut bytes, path) = read(files, name, find)?;
    let mut tree = parse(&bytes, name.as_str())?;
    for overlay in overlays {
        let find = |files: &BootFiles| files.device_trees.find_overlay(overlay).cloned();
        let (bytes, _) = read(files, Name::Requested(overlay), find)?;
        let applied = tree.apply_overlay(&parse(&bytes, overlay)?);
        applied.map_err(|error| Error::device_tree(format!("overlay {overlay}"), error))?;
    }
    if overlays.is_empty() {
        // Boot loaders and `android_bootimg` expect nothing behind the tree.
        bytes.truncate(total_size(&bytes));
    } else {
        bytes = tree.to_bytes();
    }
    let report = DeviceTreeReport {
        name: name.as_str().to_owned(),
        path,
        size: bytes.len() as u64,
        overlays: overlays.to_vec(),
        mac_addresses: Vec::new(),
        is_in_image: true,
    };
    Ok(EditedTree {
        tree,
        bytes,
        report,
    })
}

impl EditedTree {
    /// Sets the MAC addresses that the profile requests.
    pub(crate) fn inject_mac(
        &mut self,
        wanted: &MacAddresses,
        serial: Option<&str>,
        events: &mut Events,
    ) -> Result<(), Error> {
        let (set, warnings) = mac::inject(&mut self.tree, wanted, serial)?;
        for message in warnings {
            events(crate::Event::Warning { message });
        }
        if !set.is_empty() {
            self.bytes = self.tree.to_bytes();
            self.report.size = self.bytes.len() as u64;
            self.report.mac_addresses = set;
        }
        Ok(())
    }
}

/// Returns the content and the path of a file, or else of what `find` finds in the image.
fn read(
    files: Option<&BootFiles>,
    name: Name,
    find: impl FnOnce(&BootFiles) -> Result<Dtb, boot_files::Error>,
) -> Result<(Vec<u8>, String), Error> {
    if let Some(path) = name.file() {
        let bytes = file::read(path);
        let bytes = bytes.map_err(|error| Error::device_tree(name.as_str(), error.cause))?;
        return Ok((bytes, name.as_str().to_owned()));
    }
    let Some(files) = files else {
        return Err(Error::device_tree(
            name.as_str(),
            "no such file, and the image has no device trees for this kernel; name a file with --dtb",
        ));
    };
    let location = find(files)?.location;
    let path = format!("/{}", location.path.display());
    let content = files.open(&location)?;
    let size = content.size();
    let Some(length) = usize::try_from(size).ok().filter(|size| *size <= MAX_SIZE) else {
        let what = format!("too large: {size} bytes, at most 16 MiB are read");
        return Err(Error::device_tree(path, what));
    };
    let mut bytes = vec![0; length];
    let read = content.read_exact_at(&mut bytes, 0);
    read.map_err(|error| Error::device_tree(path.as_str(), error))?;
    Ok((bytes, path))
}

fn parse(bytes: &[u8], name: &str) -> Result<DeviceTree, Error> {
    DeviceTree::parse(bytes).map_err(|error| Error::device_tree(name, error))
}

/// The field `totalsize` of a tree that was parsed.
fn total_size(bytes: &[u8]) -> usize {
    let field = bytes.get(4..8).and_then(|field| field.try_into().ok());
    field.map_or(bytes.len(), |field| u32::from_be_bytes(field) as usize)
}
