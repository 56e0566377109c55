//! The serial port of the setting `usb_console`.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use anyhow::Context;
use nix::fcntl::OFlag;
use nusb::descriptors::TransferType;
use nusb::transfer::{Buffer, Bulk, Direction, In};
use nusb::{Endpoint, MaybeFuture};

use crate::link::Link;
use crate::wait::{LONG, wait_for};

const ON_THE_DEVICE: &str = "/dev/ttyGS0";
const TEXT: &str = "a-line-for-the-host";

/// The class of the interface with the data, CDC-Data.
const DATA: u8 = 0x0a;

/// Requires that the host receives a line that the device writes.
pub fn check(root: &mut Link) -> anyhow::Result<()> {
    let mut port = wait_for("the serial port", LONG, find)?;
    root.order(&format!("write {TEXT}"), LONG)?;
    let mut received = Vec::new();
    wait_for("the line of the device", LONG, || {
        let buffer = Buffer::new(port.max_packet_size());
        let completion = port.transfer_blocking(buffer, LONG);
        completion.status?;
        received.extend_from_slice(&completion.buffer);
        let text = String::from_utf8_lossy(&received);
        Ok(text.contains(TEXT).then_some(()))
    })
}

/// Opens the endpoint on which the host receives. Not through a driver, which the machine lacks.
fn find() -> anyhow::Result<Option<Endpoint<Bulk, In>>> {
    let mut devices = nusb::list_devices().wait()?;
    let has_data = |info: &nusb::DeviceInfo| info.interfaces().any(|found| found.class() == DATA);
    let Some(info) = devices.find(has_data) else {
        return Ok(None);
    };
    let device = info.open().wait()?;
    let configuration = device.active_configuration()?;
    let settings = configuration.interface_alt_settings();
    let setting = settings.into_iter().find(|found| found.class() == DATA);
    let setting = setting.context("no interface with data")?;
    let endpoint = setting.endpoints().find(|endpoint| {
        endpoint.transfer_type() == TransferType::Bulk && endpoint.direction() == Direction::In
    });
    let address = endpoint.context("no endpoint for data")?.address();
    let interface = device.claim_interface(setting.interface_number()).wait()?;
    Ok(Some(interface.endpoint(address)?))
}

/// Writes a line on the device.
pub fn write(text: &str) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).custom_flags(OFlag::O_NOCTTY.bits());
    let mut port = options.open(ON_THE_DEVICE).context(ON_THE_DEVICE)?;
    writeln!(port, "{text}").context(ON_THE_DEVICE)
}
