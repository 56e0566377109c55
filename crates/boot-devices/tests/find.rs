//! Finds and opens devices on a bus that a test controls.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::time::Duration;

use boot_devices::{
    Address, ConnectLimits, Device, Error, UsbAddress, UsbDevice, find, find_waiting, list,
    list_waiting,
};
use common::{FakeBus, other, phone};
use fastboot_usb::{Holders, RootInterface};

const MINUTE: Option<Duration> = Some(Duration::from_secs(60));

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn message(wanted: Option<&str>, bus: &mut FakeBus) -> String {
    let wanted = wanted.map(address);
    find(wanted.as_ref(), None, bus).unwrap_err().to_string()
}

#[test]
fn finds_the_only_device() {
    let mut bus = FakeBus::new([vec![other("adb", 1), phone("1a2b", 2), other("mouse", 3)]]);
    let device = find(None, None, &mut bus).unwrap();
    assert_eq!(device.address().to_string(), "usb:1a2b");
    assert_eq!(device.usb().unwrap().ports, [2]);
    assert_eq!(list(&mut bus).unwrap().len(), 1);
    assert!(bus.slept.is_zero());
}

#[test]
fn finds_a_device_by_serial_number_and_by_path() {
    for (text, port) in [("usb:1a2b", 2), ("usb:3c4d", 3), ("usb:1-3", 3)] {
        let mut bus = FakeBus::new([vec![phone("1a2b", 2), phone("3c4d", 3)]]);
        let device = find(Some(&address(text)), None, &mut bus).unwrap();
        assert_eq!(device.usb().unwrap().ports, [port], "{text}");
    }
}

#[test]
fn reports_that_no_device_is_there() {
    for devices in [vec![], vec![other("1a2b", 1)]] {
        let text = message(None, &mut FakeBus::new([devices]));
        assert!(
            text.starts_with("USB: no device in fastboot mode; "),
            "{text}"
        );
    }
}

#[test]
fn reports_several_devices_with_their_addresses() {
    let devices = vec![phone("1a2b", 1), phone("1a2b", 2), phone("3c4d", 3)];
    let mut bus = FakeBus::new([devices]);
    assert_eq!(
        message(None, &mut bus),
        "several devices: usb:1-1, usb:1-2, usb:3c4d; name one, such as --device usb:1-1"
    );
    let text = message(Some("usb:1a2b"), &mut bus);
    assert!(
        text.starts_with("several devices: usb:1-1, usb:1-2; "),
        "{text}"
    );
    // More of them would not help.
    find(None, MINUTE, &mut bus).unwrap_err();
    assert!(bus.slept.is_zero());
}

#[test]
fn reports_a_device_that_is_not_there_or_in_another_mode() {
    let mut bus = FakeBus::new([vec![phone("1a2b", 1), other("3c4d", 2)]]);
    assert_eq!(
        message(Some("usb:5e6f"), &mut bus),
        "usb:5e6f: not found; devices in fastboot mode: usb:1a2b"
    );
    let text = message(Some("usb:3c4d"), &mut bus);
    assert!(
        text.starts_with("usb:3c4d: connected, and not in fastboot mode; "),
        "{text}"
    );
    let text = message(Some("usb:1-2"), &mut FakeBus::new([]));
    assert!(
        text.starts_with("usb:1-2: not found; start the boot loader"),
        "{text}"
    );
}

#[test]
fn waits_for_a_device() {
    let lists = [vec![], vec![other("1a2b", 1)], vec![phone("1a2b", 1)]];
    let mut bus = FakeBus::new(lists);
    let device = find(None, MINUTE, &mut bus).unwrap();
    assert_eq!(device.address().to_string(), "usb:1a2b");
    assert!(bus.slept > Duration::ZERO && bus.slept < Duration::from_secs(2));
}

#[test]
fn gives_up_after_the_limit() {
    let mut bus = FakeBus::new([]);
    let error = find(None, MINUTE, &mut bus).unwrap_err();
    assert!(matches!(error, Error::None) && error.is_not_found());
    assert!(bus.slept >= Duration::from_secs(60), "{:?}", bus.slept);
    assert!(bus.slept < Duration::from_secs(62), "{:?}", bus.slept);
}

fn denied() -> fastboot_usb::Error {
    let node = "/dev/bus/usb/001/002".into();
    fastboot_usb::Error::Permission { node }
}

#[test]
fn waits_for_permission_if_the_device_is_new() {
    for (lists, is_new) in [
        (vec![vec![phone("1a2b", 1)]], false),
        (vec![vec![], vec![phone("1a2b", 1)]], true),
    ] {
        let mut bus = FakeBus::new(lists);
        let device = find(None, MINUTE, &mut bus).unwrap();
        bus.errors = [denied(), denied()].into();
        let connected = device.connect(&mut bus, &ConnectLimits::default());
        assert_eq!(connected.is_ok(), is_new);
    }
}

#[test]
fn an_error_of_permission_holds_the_udev_rule() {
    let mut bus = FakeBus::new([vec![phone("1a2b", 1)]]);
    let device = find(None, None, &mut bus).unwrap();
    bus.errors = [denied()].into();
    let Err(error) = device.connect(&mut bus, &ConnectLimits::default()) else {
        panic!("expected an error");
    };
    let text = error.to_string();
    assert!(
        text.starts_with("usb:1a2b: no permission to open /dev/bus/usb/001/002; "),
        "{text}"
    );
    assert!(
        text.contains("/etc/udev/rules.d/70-fastboop.rules"),
        "{text}"
    );
    assert!(
        text.ends_with(r#"=="*:ff4203:*", TAG+="uaccess""#),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1);
    assert!(!error.is_not_found());
}

#[test]
fn waits_for_a_busy_device_and_then_names_the_holder() {
    let mut bus = FakeBus::new([vec![phone("1a2b", 1)]]);
    let device = find(None, None, &mut bus).unwrap();
    let busy = || fastboot_usb::Error::Busy(Holders::default());
    bus.errors = [busy(), busy()].into();
    assert!(device.connect(&mut bus, &ConnectLimits::default()).is_ok());
    assert!(bus.slept > Duration::ZERO && bus.slept < Duration::from_secs(3));

    bus.errors = (0..100).map(|_| busy()).collect();
    let Err(error) = device.connect(&mut bus, &ConnectLimits::default()) else {
        panic!("expected an error");
    };
    assert!(
        error.to_string().starts_with("usb:1a2b: in use by "),
        "{error}"
    );
    assert!(bus.slept >= Duration::from_secs(3) && bus.slept < Duration::from_secs(4));
}

/// A device that booted stage0.
fn stage0(serial: &str, port: u8) -> UsbDevice {
    UsbDevice {
        root: Some(RootInterface::default()),
        ..other(serial, port)
    }
}

#[test]
fn distinguishes_boot_loaders_from_devices_that_wait_for_their_root() {
    let all = || vec![phone("1a2b", 1), stage0("3c4d", 2), other("5e6f", 3)];
    let addresses = |devices: Vec<Device>| {
        let names = devices.iter().map(|device| device.address().to_string());
        names.collect::<Vec<_>>()
    };
    assert_eq!(
        addresses(list(&mut FakeBus::new([all()])).unwrap()),
        ["usb:1a2b"]
    );
    assert_eq!(
        addresses(list_waiting(&mut FakeBus::new([all()])).unwrap()),
        ["usb:3c4d"]
    );
    let waiting = find_waiting(None, None, &mut FakeBus::new([all()])).unwrap();
    assert_eq!(waiting.address().to_string(), "usb:3c4d");
    let named = |serial: &str| UsbAddress::Serial(serial.to_owned());
    for (serial, words) in [
        (
            "1a2b",
            "usb:1a2b: connected, and not waiting for its root; boot it",
        ),
        (
            "9",
            "usb:9: not found; devices that wait for their root: usb:3c4d",
        ),
    ] {
        let error = find_waiting(Some(&named(serial)), None, &mut FakeBus::new([all()]));
        let error = error.unwrap_err();
        assert!(
            error.is_not_found() && error.to_string().starts_with(words),
            "{error}"
        );
    }
}

#[test]
fn waits_for_a_device_to_boot_stage0() {
    let lists = [vec![phone("1a2b", 1)], vec![], vec![stage0("1a2b", 1)]];
    let device = find_waiting(None, MINUTE, &mut FakeBus::new(lists)).unwrap();
    assert_eq!(device.address().to_string(), "usb:1a2b");
    let mut bus = FakeBus::new([vec![phone("1a2b", 1)]]);
    let error = find_waiting(None, None, &mut bus).unwrap_err();
    assert!(matches!(error, Error::NoneWaiting), "{error}");
    let two = vec![stage0("1a2b", 1), stage0("3c4d", 2)];
    let error = find_waiting(None, MINUTE, &mut FakeBus::new([two])).unwrap_err();
    let expected = "several devices: usb:1a2b, usb:3c4d; name one, such as --device usb:1a2b";
    assert_eq!(error.to_string(), expected);
}
