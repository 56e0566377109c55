//! smoo's gadget in place of stage0's.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Context;
use nix::mount::{MsFlags, mount};

use crate::init::DEVICE;
use crate::wait::{LONG, wait_for};
use crate::{kmsg, parameters};

/// Where the wrapper puts it.
pub const PROGRAM: &str = "/run/smoo-gadget";

const MOUNT_POINT: &str = "/run/image";

/// Starts smoo's gadget if the test is about it. Returns where the file system is mounted that is served over USB.
pub fn start_if_requested() -> anyhow::Result<PathBuf> {
    if parameters::get("gadget", "stage0")? != "smoo" {
        return Ok(PathBuf::from("/"));
    }
    // Its own library mounts it if it is not there.
    let none = None::<&str>;
    let configfs = "/sys/kernel/config";
    let _ = mount(
        Some("configfs"),
        configfs,
        Some("configfs"),
        MsFlags::empty(),
        none,
    );
    let mut command = Command::new(PROGRAM);
    command.stdin(Stdio::null());
    command.spawn().context(PROGRAM)?;
    wait_for(DEVICE, LONG, || {
        // The file is there before the device is.
        Ok(File::open(DEVICE).ok())
    })?;
    std::fs::create_dir_all(MOUNT_POINT)?;
    let fstype = parameters::get("type", "erofs")?;
    let mounted = mount(
        Some(DEVICE),
        MOUNT_POINT,
        Some(fstype.as_str()),
        MsFlags::MS_RDONLY,
        none,
    );
    mounted.with_context(|| format!("{DEVICE}: cannot mount {fstype}"))?;
    kmsg::log("smoo's gadget runs");
    Ok(PathBuf::from(MOUNT_POINT))
}
