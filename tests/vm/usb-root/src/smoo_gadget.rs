//! smoo's gadget in place of stage0's.

use std::fs::File;
use std::process::{Command, Stdio};

use anyhow::Context;

use crate::gadget::{UBLK, mount_configfs};
use crate::kmsg;
use crate::wait::{LONG, wait_for};

/// Where the wrapper puts it.
pub const PROGRAM: &str = "/run/smoo-gadget";

/// Starts it, and returns its block device.
pub fn start() -> anyhow::Result<&'static str> {
    // Its own library mounts it if it is not there.
    mount_configfs();
    let mut command = Command::new(PROGRAM);
    command.stdin(Stdio::null());
    command.spawn().context(PROGRAM)?;
    wait_for(UBLK, LONG, || {
        // The file is there before the device is.
        Ok(File::open(UBLK).ok())
    })?;
    kmsg::log("smoo's gadget runs");
    Ok(UBLK)
}
