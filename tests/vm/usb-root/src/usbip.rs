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

/// Sets up the host's network, and waits for the driver, which stage0 loads too.
pub fn set_up_host() -> anyhow::Result<()> {
    set_up_network(HOST_ADDRESS)?;
    wait_for(HOST, LONG, || Ok(Path::new(HOST).exists().then_some(())))?;
    log("the network is up");
    Ok(())
}

/// Connects the gadget of the other machine, or disconnects it.
pub fn set_connected(is_connected: bool) -> anyhow::Result<()> {
    if !is_connected {
        fs::write(Path::new(HOST).join("detach"), "0").context("detach")?;
        return wait_for("a free port", LONG, || Ok(is_free()?.then_some(())));
    }
    wait_for("the gadget of the other machine", LONG, || {
        if is_configured()? {
            return Ok(Some(()));
        }
        // Again if the kernel drops the connection: usbip-vudc may still send replies to the host before.
        if is_free()? {
            attach()?;
        }
        Ok(None)
    })
}

fn attach() -> anyhow::Result<()> {
    let connection = wait_for("the other machine", LONG, || {
        Ok(TcpStream::connect((DEVICE_ADDRESS, PORT)).ok())
    })?;
    let number = connection.as_fd().as_raw_fd();
    // The port, the connection, bus 1 and device 2 in one number, and the speed: USB_SPEED_HIGH of include/uapi/linux/usb/ch9.h.
    let value = format!("0 {number} {} 3", 0x1_0002);
    fs::write(Path::new(HOST).join("attach"), value).context("attach")
}

/// Whether port 0, of the hub for high speed, is free: VDEV_ST_NULL of drivers/usb/usbip/usbip_common.h.
fn is_free() -> anyhow::Result<bool> {
    let status = fs::read_to_string(Path::new(HOST).join("status")).context("status")?;
    let port = status.lines().find(|line| line.starts_with("hs  0000"));
    Ok(port.and_then(|line| line.split_whitespace().nth(2)) == Some("004"))
}

/// Whether a device is connected and the kernel has configured it.
fn is_configured() -> anyhow::Result<bool> {
    let names = fs::read_dir(HOST).context(HOST)?;
    let mut names = names.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.any(|name| {
        let bus = name.strip_prefix("usb").unwrap_or("-");
        let device = format!("{name}/{bus}-1/bConfigurationValue");
        Path::new(HOST).join(device).exists()
    }))
}
