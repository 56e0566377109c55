//! Devices are found by their descriptors.

use anyhow::{Context, ensure};
use fastboot_device::{Behaviour, UsbOptions};
use nusb::MaybeFuture;

use crate::phone::{Phone, name};
use crate::{Setup, Test};

pub const TESTS: &[Test] = &[
    (
        "lists_the_device_at_its_speed",
        lists_the_device_at_its_speed,
    ),
    (
        "finds_fastboot_beside_a_serial_port",
        finds_fastboot_beside_a_serial_port,
    ),
    (
        "finds_a_device_without_a_serial_number_by_its_port",
        finds_a_device_without_a_serial_number_by_its_port,
    ),
];

fn lists_the_device_at_its_speed(setup: &Setup) -> anyhow::Result<()> {
    let phone = Phone::plain()?;
    let usb = phone.usb()?;
    let (speed, packet) = match setup.speed.as_str() {
        "full" => (fastboot_usb::Speed::Full, 64),
        "high" => (fastboot_usb::Speed::High, 512),
        _ => (fastboot_usb::Speed::Super, 1024),
    };
    ensure!(usb.speed == Some(speed), "{usb:?}");
    let interface = usb.fastboot.context("no interface")?;
    ensure!(
        (interface.input_packet, interface.output_packet) == (packet, packet),
        "{usb:?}"
    );
    ensure!((usb.vid, usb.pid) == (0x18d1, 0xd00d), "{usb:?}");
    ensure!(usb.product.as_deref() == Some("Android"), "{usb:?}");
    ensure!(
        phone.device.address().to_string() == "usb:1a2b3c4d",
        "{usb:?}"
    );
    Ok(())
}

/// The serial port has bulk endpoints too, and its interfaces come first.
fn finds_fastboot_beside_a_serial_port(_: &Setup) -> anyhow::Result<()> {
    let options = UsbOptions {
        has_serial_port: true,
        ..UsbOptions::default()
    };
    let phone = Phone::connect(Behaviour::default(), &options)?;
    let usb = phone.usb()?;
    let info = nusb::list_devices()
        .wait()?
        .find(|info| info.device_address() == usb.address);
    let opened = info.context("not found")?.open().wait()?;
    let configuration = opened.active_configuration()?;
    let mut settings = configuration.interface_alt_settings();
    let naive = settings.find(|setting| setting.num_endpoints() == 2);
    let naive = naive.context("no serial port")?.interface_number();
    let interface = usb.fastboot.context("no interface")?;
    ensure!(naive != interface.number, "the serial port is not first");
    let product = phone.client()?.getvar(&name("product")?)?;
    ensure!(product.as_deref() == Some("sdm845"), "{product:?}");
    Ok(())
}

fn finds_a_device_without_a_serial_number_by_its_port(_: &Setup) -> anyhow::Result<()> {
    let options = UsbOptions {
        serial: String::new(),
        ..UsbOptions::default()
    };
    let phone = Phone::connect(Behaviour::default(), &options)?;
    let address = phone.device.address();
    ensure!(
        address.to_string() == format!("usb:{}", phone.usb()?.path()),
        "{address}"
    );
    let found = boot_devices::find(Some(address), None, &mut boot_devices::SystemBus)?;
    ensure!(found.address() == address, "{found:?}");
    Ok(())
}
