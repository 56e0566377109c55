//! A gadget of another machine, over TCP. The kernel does all of it, once it has the connection: drivers/usb/usbip/{vudc_sysfs,vhci_sysfs}.c.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;

use anyhow::Context;

use crate::kmsg::log;
use crate::role::{DEVICE_ADDRESS, HOST_ADDRESS, set_up_network};
use crate::wait::{LONG, wait_for};

/// usbip's port.
const PORT: u16 = 3240;

const DEVICE: &str = "/sys/devices/platform/usbip-vudc.0";
const HOST: &str = "/sys/devices/platform/vhci_hcd.0";

/// Exports the gadget to one host after another.
pub fn export() -> anyhow::Result<()> {
    set_up_network(DEVICE_ADDRESS)?;
    let listener = TcpListener::bind(("0.0.0.0", PORT))?;
    let socket = Path::new(DEVICE).join("usbip_sockfd");
    loop {
        let (connection, _) = listener.accept()?;
        let number = connection.as_fd().as_raw_fd().to_string();
        // Not before stage0 has connected the gadget, or while the last host is not yet forgotten.
        wait_for("the gadget", LONG, || Ok(fs::write(&socket, &number).ok()))?;
        log("usbip: exported");
    }
}

/// Sets up the host's network.
pub fn set_up_host() -> anyhow::Result<()> {
    set_up_network(HOST_ADDRESS)?;
    log("the network is up");
    Ok(())
}

/// Connects the gadget of the other machine, or disconnects it.
pub fn set_connected(is_connected: bool) -> anyhow::Result<()> {
    let port = 0;
    if !is_connected {
        let path = Path::new(HOST).join("detach");
        return fs::write(&path, port.to_string()).context("detach");
    }
    let connection = wait_for("the other machine", LONG, || {
        Ok(TcpStream::connect((DEVICE_ADDRESS, PORT)).ok())
    })?;
    let number = connection.as_fd().as_raw_fd();
    // The port, the connection, bus 1 and device 2 in one number, and the speed: USB_SPEED_HIGH of include/uapi/linux/usb/ch9.h.
    let (device, speed) = (0x1_0002, 3);
    let value = format!("{port} {number} {device} {speed}");
    let path = Path::new(HOST).join("attach");
    wait_for("a free port", LONG, || Ok(fs::write(&path, &value).ok()))
}
