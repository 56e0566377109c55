//! The step `root`: waits for the block device that holds the root file system.

pub mod block;
pub mod uevent;

use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use stage0_settings::RootDevice;

use crate::console::{Level, log};
use crate::failure::Failure;
use block::BlockDevice;
use uevent::Uevents;

/// Waits for the root device and returns its path. Waits up to `timeout` seconds; 0 waits forever.
pub fn wait_for(root: &RootDevice, timeout: u32) -> Result<PathBuf, Failure> {
    let failure =
        |cause: &dyn std::fmt::Display| Failure::new("root", format_args!("{root}: {cause}"));
    let limit = Duration::from_secs(timeout.into());
    let deadline = (timeout > 0).then(|| Instant::now() + limit);
    // Before the first search: a device that appears between the two must not be missed.
    let events =
        Uevents::subscribe().map_err(|error| failure(&format_args!("kernel events: {error}")))?;
    let mut is_first = true;
    loop {
        if let Some(path) = find(root).map_err(|error| failure(&error))? {
            return Ok(path);
        }
        if is_first {
            log(Level::Info, &format!("waiting for {root}"));
            is_first = false;
        }
        let is_event = events
            .wait_for("block", deadline)
            .map_err(|error| failure(&format_args!("kernel events: {error}")))?;
        if !is_event {
            let devices = list_block_devices();
            return Err(failure(&format_args!(
                "not found after {timeout} s; block devices: {devices}"
            )));
        }
    }
}

fn find(root: &RootDevice) -> io::Result<Option<PathBuf>> {
    if let RootDevice::Path(path) = root {
        return find_path(Path::new(path));
    }
    let mut devices = BlockDevice::all()?.into_iter();
    Ok(devices
        .find(|device| device.matches(root))
        .map(|device| device.path()))
}

fn find_path(path: &Path) -> io::Result<Option<PathBuf>> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.file_type().is_block_device() => Ok(Some(path.to_owned())),
        Ok(_) => Err(io::Error::other("not a block device")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Lists the names of all block devices for an error message, and what they contain unless that is a root file system.
fn list_block_devices() -> String {
    match BlockDevice::all() {
        Ok(devices) if devices.is_empty() => "none".to_owned(),
        Ok(devices) => {
            let mut list = String::new();
            for device in devices {
                if !list.is_empty() {
                    list += ", ";
                }
                list += &device.describe();
            }
            list
        }
        Err(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn find_path_accepts_only_block_devices() {
        assert_eq!(find_path(Path::new("/dev/nothing/here")).unwrap(), None);
        let error = find_path(Path::new("/dev/null")).unwrap_err();
        assert_eq!(error.to_string(), "not a block device");
    }
}
