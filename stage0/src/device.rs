//! The step `root`: finding the root's block device, and waiting for it.

pub mod block;
mod uevent;

use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use stage0_settings::RootDevice;

use crate::console::{Level, say};
use crate::failure::Failure;
use block::BlockDevice;
use uevent::Uevents;

/// The path of the root's device, once it is there. Waits up to `timeout` seconds; 0 is for ever.
pub fn wait_for(root: &RootDevice, timeout: u32) -> Result<PathBuf, Failure> {
    let failure =
        |cause: &dyn std::fmt::Display| Failure::new("root", format_args!("{root}: {cause}"));
    let limit = Duration::from_secs(timeout.into());
    let deadline = (timeout > 0).then(|| Instant::now() + limit);
    // First of all, so that no device can come in between.
    let events =
        Uevents::subscribe().map_err(|error| failure(&format_args!("kernel events: {error}")))?;
    let mut is_first = true;
    loop {
        if let Some(path) = find(root).map_err(|error| failure(&error))? {
            return Ok(path);
        }
        if is_first {
            say(Level::Info, &format!("waiting for {root}"));
            is_first = false;
        }
        let is_event = events
            .wait_for_block_device(deadline)
            .map_err(|error| failure(&format_args!("kernel events: {error}")))?;
        if !is_event {
            let devices = block_devices();
            return Err(failure(&format_args!(
                "not there after {timeout} s; block devices: {devices}"
            )));
        }
    }
}

fn find(root: &RootDevice) -> io::Result<Option<PathBuf>> {
    if let RootDevice::Path(path) = root {
        return at_path(Path::new(path));
    }
    let mut devices = BlockDevice::all()?.into_iter();
    Ok(devices
        .find(|device| device.is(root))
        .map(|device| device.path()))
}

fn at_path(path: &Path) -> io::Result<Option<PathBuf>> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.file_type().is_block_device() => Ok(Some(path.to_owned())),
        Ok(_) => Err(io::Error::other("not a block device")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The names of those that are there, for people.
fn block_devices() -> String {
    match BlockDevice::all() {
        Ok(devices) if devices.is_empty() => "none".to_owned(),
        Ok(devices) => {
            let names: Vec<_> = devices.iter().map(BlockDevice::name).collect();
            names.join(", ")
        }
        Err(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_there_or_not_or_something_else() {
        assert_eq!(at_path(Path::new("/dev/nothing/here")).unwrap(), None);
        let error = at_path(Path::new("/dev/null")).unwrap_err();
        assert_eq!(error.to_string(), "not a block device");
    }
}
