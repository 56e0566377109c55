//! The server on the device.

use std::fs;

use anyhow::Context;
use nix::sys::signal::{Signal, kill as send_signal};
use nix::unistd::Pid;

use super::Setup;
use crate::wait::{LONG, wait_for};

/// How the command line of the server's process begins. Its supervisor has the same name.
const COMMAND: &str = "@fastboop-usb-root\0server\0";

/// Kills the server with SIGKILL, once there is one.
pub fn kill(_: &mut Setup, _: usize) -> anyhow::Result<()> {
    let server = wait_for("the server", LONG, find)?;
    Ok(send_signal(server, Signal::SIGKILL)?)
}

fn find() -> anyhow::Result<Option<Pid>> {
    for entry in fs::read_dir("/proc").context("/proc")? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if command.starts_with(COMMAND.as_bytes()) {
            return Ok(Some(Pid::from_raw(pid)));
        }
    }
    Ok(None)
}
