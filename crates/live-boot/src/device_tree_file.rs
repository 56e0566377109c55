//! Device trees in an image.

use boot_files::{BootFiles, Location};
use device_tree::{DeviceTree, MAX_SIZE};

use crate::Error;

/// Returns the device tree of this name in an image, with overlays applied.
///
/// # Errors
/// [`Error::BootFiles`] if one of them is missing, [`Error::DeviceTree`] if one cannot be read or applied.
pub fn find_device_tree(
    files: &BootFiles,
    name: &str,
    overlays: &[String],
) -> Result<DeviceTree, Error> {
    let mut tree = read_device_tree(files, &files.find_dtb(name)?.location)?;
    for overlay in overlays {
        let overlay = files.device_trees.find_overlay(overlay)?;
        let parsed = read_device_tree(files, &overlay.location)?;
        let applied = tree.apply_overlay(&parsed);
        applied.map_err(|error| Error::device_tree(format!("overlay {}", overlay.name), error))?;
    }
    Ok(tree)
}

/// Reads a device tree of an image.
///
/// # Errors
/// [`Error::DeviceTree`].
pub fn read_device_tree(files: &BootFiles, location: &Location) -> Result<DeviceTree, Error> {
    let name = || format!("/{}", location.path.display());
    let file = files.open(location)?;
    let size = file.size();
    let Some(length) = usize::try_from(size).ok().filter(|size| *size <= MAX_SIZE) else {
        let what = format!("too large: {size} bytes, at most 16 MiB are read");
        return Err(Error::device_tree(name(), what));
    };
    let mut bytes = vec![0; length];
    let read = file.read_exact_at(&mut bytes, 0);
    read.map_err(|error| Error::device_tree(name(), error))?;
    DeviceTree::parse(&bytes).map_err(|error| Error::device_tree(name(), error))
}
