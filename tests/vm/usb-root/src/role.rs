//! Which of phone and host a machine is.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail, ensure};

use crate::parameters;
use crate::wait::{LONG, wait_for};

/// The addresses of the two machines.
pub const HOST_ADDRESS: &str = "10.0.0.1";
pub const DEVICE_ADDRESS: &str = "10.0.0.2";

/// `usb_root.role=`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// One machine is both, connected by `dummy_hcd`.
    Both,
    /// The phone, whose gadget usbip exports.
    Device,
    /// The host, to which usbip connects the gadget of the other machine.
    Host,
}

impl Role {
    pub fn from_parameters() -> anyhow::Result<Self> {
        match parameters::get("role", "both")?.as_str() {
            "both" => Ok(Role::Both),
            "device" => Ok(Role::Device),
            "host" => Ok(Role::Host),
            other => bail!("usb_root.role={other}: unrecognized value"),
        }
    }
}

/// Connects this machine with the other one, once stage0 has loaded the driver.
pub fn set_up_network(address: &str) -> anyhow::Result<()> {
    let interface = "eth0";
    let device = Path::new("/sys/class/net").join(interface);
    wait_for(interface, LONG, || Ok(device.exists().then_some(())))?;
    set_address("/busybox", interface, address)
}

/// Gives a network interface its address, with the busybox at a path.
pub fn set_address(busybox: &str, interface: &str, address: &str) -> anyhow::Result<()> {
    let mut command = Command::new(busybox);
    command.args([
        "ifconfig",
        interface,
        address,
        "netmask",
        "255.255.255.0",
        "up",
    ]);
    let status = command.status().context("ifconfig")?;
    ensure!(status.success(), "ifconfig: {status}");
    Ok(())
}
