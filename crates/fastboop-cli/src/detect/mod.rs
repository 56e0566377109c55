//! `fastboop detect`: the devices in fastboot mode.

mod report;
mod text;

use std::time::Duration;

use boot_devices::{
    Address, ConnectLimits, Device, Error, SystemBus, find, identify, list, list_waiting,
};
use clap::Args;
use cli_main::WithExitCode;
use device_profiles::{Choices, Profiles};
use fastboot::{Client, Limits};

use report::{DeviceReport, Report, WaitingReport};

use crate::profile::Remembered;

/// The exit code if no device is there, or not the one that was named.
const NOT_FOUND: u8 = 3;

/// The arguments of `fastboop detect`.
#[derive(Debug, Args)]
#[command(
    about = "List the devices in fastboot mode, and what is known of them",
    long_about = "List the devices in fastboot mode, and what is known of them

A device is in fastboot mode while its boot loader shows so: mostly after it was started with the volume-down key held, or with
`adb reboot bootloader`. This command only queries variables: it changes nothing on the device.

Without --device, it lists the devices on USB; also those that booted stage0 with their root over USB. A device that cannot be opened is listed with the reason and what mends it, such as
the udev rule that gives access.",
    after_help = "Examples:
  fastboop detect                          list the devices on USB
  fastboop detect --wait 60                wait until one is in fastboot mode
  fastboop detect --device usb:1a2b3c4d    only the one with this serial number
  fastboop detect --device usb:1-4         only the one at this port
  fastboop detect --device udp:10.0.0.2    one in the network, such as U-Boot
  fastboop detect --json | jq -r '.devices[].address'

Exit codes: 0 if a device is there, 1 on other failures, 2 for wrong usage, 3 if none is there, or not the one of --device."
)]
pub struct Arguments {
    /// The device: usb:SERIAL, usb:BUS-PORT, udp:HOST[:PORT] or tcp:HOST[:PORT]
    #[arg(long, value_name = "ADDRESS")]
    device: Option<Address>,
    /// Wait this many seconds for a device
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u32>,
    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
}

/// Prints a description of each device.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let profiles = crate::profile::load();
    let choices = Remembered::load().choices;
    let stage0 = list_stage0(arguments)?;
    // A device that booted stage0 is not in fastboot mode: nothing else is waited for.
    let is_found = !stage0.is_empty();
    let wait = arguments.wait.filter(|_| !is_found);
    let (devices, error) = match detect(arguments, wait, &profiles, &choices) {
        Ok(devices) => (devices, None),
        Err(error) if error.is_not_found() => (Vec::new(), (!is_found).then_some(error)),
        Err(error) => return Err(error.into()),
    };
    let report = Report { devices, stage0 };
    match arguments.json {
        true => cli_main::print(serde_json::to_string_pretty(&report)? + "\n")?,
        false => cli_main::print(text::format(&report))?,
    }
    error.map_or(Ok(()), Err).with_exit_code(NOT_FOUND)
}

/// The devices that booted stage0, or the one of --device if it did.
fn list_stage0(arguments: &Arguments) -> Result<Vec<WaitingReport>, Error> {
    let is_wanted = |device: &Device| match &arguments.device {
        None => true,
        Some(Address::Usb(wanted)) => device.usb().is_some_and(|usb| wanted.matches(usb)),
        Some(_) => false,
    };
    let devices = list_waiting(&mut SystemBus)?;
    let found = devices.iter().filter(|device| is_wanted(device));
    Ok(found.map(WaitingReport::new).collect())
}

fn detect(
    arguments: &Arguments,
    wait: Option<u32>,
    profiles: &Profiles,
    choices: &Choices,
) -> Result<Vec<DeviceReport>, Error> {
    let mut bus = SystemBus;
    let wait = wait.map(|seconds| Duration::from_secs(seconds.into()));
    let devices = match find(arguments.device.as_ref(), wait, &mut bus) {
        Ok(device) => vec![device],
        Err(Error::Several(_)) if arguments.device.is_none() => list(&mut bus)?,
        Err(error) => return Err(error),
    };
    let reports = devices
        .iter()
        .map(|device| describe(device, profiles, choices));
    reports.collect()
}

/// Fails only if a device in a network does not answer: then it is not there.
fn describe(
    device: &Device,
    profiles: &Profiles,
    choices: &Choices,
) -> Result<DeviceReport, Error> {
    let transport = match device.connect(&mut SystemBus, &ConnectLimits::default()) {
        Ok(transport) => transport,
        Err(Error::Open { cause, .. }) => return Ok(DeviceReport::unopened(device, &cause)),
        Err(error) => return Err(error),
    };
    let mut client = Client::new(transport, Limits::default(), |_| {});
    let identity = identify(&mut client, device, profiles.iter(), choices);
    Ok(DeviceReport::new(device, identity))
}
