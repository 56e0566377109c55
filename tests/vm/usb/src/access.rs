//! Devices that cannot be opened, and what `fastboop detect` prints of them.

use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};
use boot_devices::{ConnectLimits, SystemBus, find};
use serde_json::Value;

use crate::phone::Phone;
use crate::{Setup, Test};

pub const TESTS: &[Test] = &[
    ("detect_describes_the_device", detect_describes_the_device),
    (
        "detect_names_the_process_that_holds_the_device",
        detect_names_the_process_that_holds_the_device,
    ),
    (
        "a_device_that_becomes_free_is_opened",
        a_device_that_becomes_free_is_opened,
    ),
    (
        "detect_prints_the_udev_rule_without_permission",
        detect_prints_the_udev_rule_without_permission,
    ),
];

/// `nobody`, who may not open devices.
const NOBODY: u32 = 65534;

/// Holds the device, as `usb-tests hold`.
pub fn hold() -> anyhow::Result<()> {
    let device = find(None, None, &mut SystemBus)?;
    let _transport = device.connect(&mut SystemBus, &ConnectLimits::default())?;
    cli_main::print("held\n")?;
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// Another process that holds the device until it is dropped.
struct Holder(Child);

impl Holder {
    fn start() -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("hold")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let output = child.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        ensure!(line == "held\n", "{line:?}");
        Ok(Holder(child))
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn detect(setup: &Setup, user: u32) -> anyhow::Result<Value> {
    let mut command = Command::new(&setup.fastboop);
    command
        .args(["detect", "--json"])
        .env("HOME", "/tmp")
        .uid(user);
    let output = command.output()?;
    ensure!(output.status.success(), "{output:?}");
    let json: Value = serde_json::from_slice(&output.stdout)?;
    Ok(json["devices"][0].clone())
}

fn detect_describes_the_device(setup: &Setup) -> anyhow::Result<()> {
    let _phone = Phone::plain()?;
    let device = detect(setup, 0)?;
    ensure!(device["address"] == "usb:1a2b3c4d", "{device}");
    ensure!(device["usb"]["id"] == "18d1:d00d", "{device}");
    ensure!(device["usb"]["speed"] == setup.speed, "{device}");
    ensure!(
        device["product"] == "sdm845" && device["unlocked"] == true,
        "{device}"
    );
    ensure!(device["max_download_size"] == 0x1000_0000, "{device}");
    let profiles = device["profiles"].as_array().context("no profiles")?;
    ensure!(
        profiles.len() == 2 && profiles[1]["id"] == "oneplus-fajita",
        "{device}"
    );
    Ok(())
}

fn detect_names_the_process_that_holds_the_device(setup: &Setup) -> anyhow::Result<()> {
    let _phone = Phone::plain()?;
    let holder = Holder::start()?;
    let error = detect(setup, 0)?["error"].clone();
    ensure!(error["kind"] == "busy", "{error}");
    ensure!(error["processes"][0]["name"] == "usb-tests", "{error}");
    ensure!(error["processes"][0]["pid"] == holder.0.id(), "{error}");
    Ok(())
}

fn a_device_that_becomes_free_is_opened(setup: &Setup) -> anyhow::Result<()> {
    let _phone = Phone::plain()?;
    let holder = Holder::start()?;
    let mut command = Command::new(&setup.fastboop);
    command
        .args(["detect", "--json"])
        .env("HOME", "/tmp")
        .stdout(Stdio::piped());
    let child = command.spawn()?;
    drop(holder);
    let output = child.wait_with_output()?;
    let json: Value = serde_json::from_slice(&output.stdout)?;
    ensure!(json["devices"][0]["product"] == "sdm845", "{json}");
    Ok(())
}

fn detect_prints_the_udev_rule_without_permission(setup: &Setup) -> anyhow::Result<()> {
    let _phone = Phone::plain()?;
    let device = detect(setup, NOBODY)?;
    let error = &device["error"];
    ensure!(error["kind"] == "permission", "{error}");
    ensure!(error["udev_rule"] == fastboot_usb::udev_rule(), "{error}");
    ensure!(
        device["product"].is_null() && device["usb"]["path"].is_string(),
        "{device}"
    );
    Ok(())
}
