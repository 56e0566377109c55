//! Android's client against the same device: what both do, the device does right.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::ensure;
use fastboot_device::{Behaviour, Device, TcpFaults, TcpFront, UdpFaults, UdpFront};

use crate::phone::{Phone, image};
use crate::{Setup, Test};

pub const TESTS: &[Test] = &[
    (
        "androids_client_queries_a_variable",
        androids_client_queries_a_variable,
    ),
    ("androids_client_downloads", androids_client_downloads),
    ("androids_client_boots", androids_client_boots),
];

pub fn run(fastboot: &Path, arguments: &[&str]) -> anyhow::Result<Output> {
    let output = Command::new(fastboot).args(arguments).output()?;
    ensure!(output.status.success(), "{output:?}");
    Ok(output)
}

fn androids_client_queries_a_variable(setup: &Setup) -> anyhow::Result<()> {
    let _phone = Phone::plain()?;
    query(&setup.fastboot, "1a2b3c4d")
}

fn androids_client_downloads(setup: &Setup) -> anyhow::Result<()> {
    let phone = Phone::plain()?;
    let image = image(3_000_001);
    fs::write("/tmp/image", &image)?;
    run(&setup.fastboot, &["stage", "/tmp/image"])?;
    let is_same = phone.front.with_device(|device| device.downloaded == image);
    ensure!(is_same, "other bytes arrived");
    Ok(())
}

fn androids_client_boots(setup: &Setup) -> anyhow::Result<()> {
    let phone = Phone::plain()?;
    boot(&setup.fastboot, "1a2b3c4d", &setup.boot_image)?;
    phone
        .front
        .with_device(|device| check_booted(device, &setup.boot_image))
}

/// Android's client against the same device over UDP and TCP.
pub fn run_over_networks(fastboot: &Path, boot_image: &Path) -> anyhow::Result<()> {
    let device = || Device::new(Behaviour::default());
    let udp = UdpFront::start(device(), UdpFaults::default())?;
    query_and_boot(fastboot, &format!("udp:{}", udp.address()), boot_image)?;
    udp.with_device(|device| check_booted(device, boot_image))?;
    let tcp = TcpFront::start(device(), TcpFaults::default())?;
    query_and_boot(fastboot, &format!("tcp:{}", tcp.address()), boot_image)?;
    tcp.with_device(|device| check_booted(device, boot_image))
}

fn query_and_boot(fastboot: &Path, address: &str, boot_image: &Path) -> anyhow::Result<()> {
    query(fastboot, address)?;
    boot(fastboot, address, boot_image)
}

fn query(fastboot: &Path, address: &str) -> anyhow::Result<()> {
    let output = run(fastboot, &["-s", address, "getvar", "product"])?;
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(text.contains("product: sdm845"), "{text}");
    Ok(())
}

fn boot(fastboot: &Path, address: &str, boot_image: &Path) -> anyhow::Result<()> {
    let path = boot_image.to_string_lossy();
    run(fastboot, &["-s", address, "boot", &path])?;
    Ok(())
}

fn check_booted(device: &Device, boot_image: &Path) -> anyhow::Result<()> {
    ensure!(device.is_booted, "{:?}", device.commands);
    let is_same = device.downloaded == fs::read(boot_image)?;
    ensure!(is_same, "other bytes arrived");
    Ok(())
}
