//! Identifies devices with faults, over UDP and TCP.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use boot_devices::{ConnectLimits, Error, Identity, find, identify};
use common::FakeBus;
use device_profiles::{Choices, Outcome, Profiles};
use fastboot::{Client, Limits};
use fastboot_device::{
    Answer, Behaviour, Device, TcpFaults, TcpFront, UdpFaults, UdpFront, UnknownVariable,
};
use fastboot_net::{TcpLimits, UdpLimits};

/// Short only where a device is silent on purpose.
const LIMITS: Limits = Limits {
    getvar: Duration::from_millis(300),
    reply: Duration::from_secs(60),
    transfer: Duration::from_secs(60),
    continuation: Duration::from_secs(60),
};

fn connect(
    address: &str,
) -> (
    boot_devices::Device,
    Client<'static, Box<dyn fastboot::Transport>>,
) {
    let mut bus = FakeBus::new([]);
    let device = find(Some(&address.parse().unwrap()), None, &mut bus).unwrap();
    let transport = device.connect(&mut bus, &ConnectLimits::default()).unwrap();
    (device, Client::new(transport, LIMITS, |_| {}))
}

fn identify_at<'p>(
    address: &str,
    profiles: &'p Profiles,
    choices: &Choices,
) -> Result<Identity<'p>, fastboot::Error> {
    let (device, mut client) = connect(address);
    identify(&mut client, &device, profiles.iter(), choices)
}

fn udp(device: Device) -> (UdpFront, String) {
    let front = UdpFront::start(device, UdpFaults::default()).unwrap();
    let address = format!("udp:{}", front.address());
    (front, address)
}

fn ids(outcome: &Outcome) -> Vec<String> {
    match outcome {
        Outcome::None(_) => vec![],
        Outcome::One(profile) => vec![profile.id.clone()],
        Outcome::Ambiguous(profiles) => profiles.iter().map(|found| found.id.clone()).collect(),
    }
}

#[test]
fn reports_what_the_boot_loader_reports() {
    let mut device = Device::new(Behaviour::default());
    device.set("serialno", "S6MQ1234");
    let profiles = Profiles::load(&[]);
    let tcp = TcpFront::start(Device::new(Behaviour::default()), TcpFaults::default()).unwrap();
    tcp.with_device(|other| other.variables = device.variables.clone());
    let (front, udp) = udp(device);
    for address in [udp, format!("tcp:{}", tcp.address())] {
        let found = identify_at(&address, &profiles, &Choices::default()).unwrap();
        assert_eq!(found.product.as_deref(), Some("sdm845"));
        assert_eq!(found.serial.as_deref(), Some("S6MQ1234"));
        assert_eq!(found.unlocked, Some(true));
        assert_eq!(found.max_download_size, Some(0x1000_0000));
        let expected = ["oneplus-enchilada", "oneplus-fajita", "shift-axolotl"];
        assert_eq!(ids(&found.outcome), expected);
    }
    // Only variables, each once, and never all of them.
    let mut commands = front.with_device(|device| device.commands.clone());
    assert!(
        commands
            .iter()
            .all(|command| command.starts_with("getvar:"))
    );
    assert!(!commands.contains(&"getvar:all".to_owned()));
    let count = commands.len();
    commands.sort();
    commands.dedup();
    assert_eq!(commands.len(), count, "{commands:?}");
}

#[test]
fn a_missing_variable_is_a_value_however_the_device_answers() {
    for unknown_variable in [
        UnknownVariable::EmptyOkay,
        UnknownVariable::Fail,
        UnknownVariable::Silence,
    ] {
        let mut device = Device::new(Behaviour {
            unknown_variable,
            ..Behaviour::default()
        });
        device.set("product", "sargo");
        device.remove("unlocked");
        device.remove("max-download-size");
        device.remove("partition-type:op2");
        let profiles = Profiles::load(&[]);
        let (_front, address) = udp(device);
        let found = identify_at(&address, &profiles, &Choices::default()).unwrap();
        assert_eq!(
            ids(&found.outcome),
            ["google-sargo"],
            "{unknown_variable:?}"
        );
        assert_eq!(found.serial, None);
        assert_eq!((found.unlocked, found.max_download_size), (None, None));
    }
}

#[test]
fn remembers_the_choice_for_a_serial_number() {
    let mut choices = Choices::default();
    choices.insert("1a2b", "xiaomi-beryllium-tianma").unwrap();
    let profiles = Profiles::load(&[]);
    for (serial, count) in [("1a2b", 1), ("3c4d", 2)] {
        let mut device = Device::new(Behaviour::default());
        device.set("product", "beryllium");
        device.set("serialno", serial);
        let (_front, address) = udp(device);
        let found = identify_at(&address, &profiles, &choices).unwrap();
        assert_eq!(ids(&found.outcome).len(), count, "{serial}");
    }
}

#[test]
fn a_device_that_disconnects_is_an_error_not_a_missing_variable() {
    let behaviour = Behaviour {
        answers: vec![("getvar:partition", Answer::Vanish)],
        ..Behaviour::default()
    };
    let front = TcpFront::start(Device::new(behaviour), TcpFaults::default()).unwrap();
    let profiles = Profiles::load(&[]);
    let address = format!("tcp:{}", front.address());
    let error = identify_at(&address, &profiles, &Choices::default()).unwrap_err();
    assert!(error.to_string().contains("disconnected"), "{error}");
    let last = front.with_device(|device| device.commands.last().cloned());
    assert_eq!(last.as_deref(), Some("getvar:partition-type:op2"));
}

#[test]
fn waits_for_a_device_in_a_network() {
    let front = TcpFront::start(Device::new(Behaviour::default()), TcpFaults::default()).unwrap();
    let silent: SocketAddr = front.address();
    drop(front);
    for (scheme, wait, slept) in [("tcp", 0, 0), ("udp", 0, 0), ("tcp", 5, 5), ("udp", 5, 5)] {
        let mut bus = FakeBus::new([]);
        let wanted = format!("{scheme}:{silent}").parse().unwrap();
        let wait = Duration::from_secs(wait);
        let device = find(Some(&wanted), Some(wait), &mut bus).unwrap();
        let limit = Duration::from_millis(20);
        let limits = ConnectLimits {
            udp: UdpLimits {
                connect: limit,
                ..UdpLimits::default()
            },
            tcp: TcpLimits { connect: limit },
            ..ConnectLimits::default()
        };
        let Err(error) = device.connect(&mut bus, &limits) else {
            panic!("expected an error");
        };
        assert!(matches!(error, Error::Network(_)) && error.is_not_found());
        assert!(error.to_string().contains("cannot connect"), "{error}");
        assert_eq!(bus.slept.as_secs(), slept, "{scheme}");
    }
}
