//! The cable between host and gadget: the port of `dummy_hcd`, or usbip's connection.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;

use crate::role::Role;
use crate::usbip;

const CONTROLLER: &str = "/sys/devices/platform/dummy_hcd.0";

/// Pulls the cable, or connects it again.
pub fn set_connected(is_connected: bool) -> anyhow::Result<()> {
    if Role::from_parameters()? == Role::Host {
        return usbip::set_connected(is_connected);
    }
    let path = port()?.join("disable");
    let value = if is_connected { "0" } else { "1" };
    fs::write(&path, value).with_context(|| path.display().to_string())
}

/// The directory of the port: `<controller>/usb<n>/<n>-0:1.0/usb<n>-port1`.
fn port() -> anyhow::Result<PathBuf> {
    let names = fs::read_dir(CONTROLLER).context(CONTROLLER)?;
    let names = names.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let bus = names
        .filter_map(|name| name.strip_prefix("usb")?.parse::<u32>().ok())
        .next()
        .context("dummy_hcd: no bus")?;
    Ok(PathBuf::from(format!(
        "{CONTROLLER}/usb{bus}/{bus}-0:1.0/usb{bus}-port1"
    )))
}
