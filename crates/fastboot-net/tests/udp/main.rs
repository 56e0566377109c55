//! The transport over UDP against a device with faults.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod sequence;

use std::time::Duration;

use common::{LIMITS, LONG, SILENT, image};
use fastboot::{Boot, Client, Limits, VariableName};
use fastboot_device::{Answer, Behaviour, Device, UdpFaults, UdpFront, UnknownVariable};
use fastboot_net::{UdpLimits, UdpTransport};

const UDP: UdpLimits = UdpLimits {
    connect: LONG,
    resend: Duration::from_millis(30),
    total: LONG,
    poll: Duration::from_millis(1),
};

fn serve(behaviour: Behaviour, faults: UdpFaults) -> UdpFront {
    UdpFront::start(Device::new(behaviour), faults).unwrap()
}

fn client(front: &UdpFront, limits: Limits) -> Client<'static, UdpTransport> {
    let transport = UdpTransport::connect(&front.address().into(), UDP).unwrap();
    Client::new(transport, limits, |_| {})
}

fn name(name: &str) -> VariableName {
    VariableName::new(name).unwrap()
}

/// Queries a variable, downloads and boots, and compares what arrived.
fn check_whole_boot(front: &UdpFront) {
    let mut client = client(front, LIMITS);
    let product = client.getvar(&name("product")).unwrap();
    assert_eq!(product.as_deref(), Some("sdm845"));
    let image = image(200_000);
    client
        .download(&mut &image[..], image.len() as u64)
        .unwrap();
    assert!(matches!(client.boot().unwrap(), Boot::Accepted));
    front.with_device(|device| {
        assert!(device.downloaded == image);
        let size = format!("download:{:08x}", image.len());
        let commands = ["getvar:product", "getvar:max-download-size", &size, "boot"];
        assert_eq!(device.commands, commands);
    });
}

#[test]
fn downloads_and_boots() {
    check_whole_boot(&serve(Behaviour::default(), UdpFaults::default()));
}

#[test]
fn uses_the_smaller_of_both_packet_sizes() {
    for packet_size in [512, 1400, 8192, 65_535] {
        let faults = UdpFaults {
            packet_size,
            ..UdpFaults::default()
        };
        let front = serve(Behaviour::default(), faults);
        check_whole_boot(&front);
        let largest = front.with_device(|device| device.transfers.iter().max().copied());
        assert_eq!(largest, Some(usize::from(packet_size.min(8192)) - 4));
    }
}

#[test]
fn joins_replies_in_several_packets_and_waits_for_late_ones() {
    for (split_replies, empty_reads) in [(1, 0), (7, 0), (0, 3)] {
        let faults = UdpFaults {
            split_replies,
            empty_reads,
            ..UdpFaults::default()
        };
        check_whole_boot(&serve(Behaviour::default(), faults));
    }
}

#[test]
fn a_silent_variable_is_missing_and_the_session_starts_over() {
    let behaviour = Behaviour {
        unknown_variable: UnknownVariable::Silence,
        ..Behaviour::default()
    };
    let front = serve(behaviour, UdpFaults::default());
    let mut client = client(&front, SILENT);
    assert_eq!(client.getvar(&name("nothing")).unwrap(), None);
    let product = client.getvar(&name("product")).unwrap();
    assert_eq!(product.as_deref(), Some("sdm845"));
}

#[test]
fn reports_the_message_of_a_device_that_fails_during_the_data() {
    let faults = UdpFaults {
        early_fail: Some(3),
        ..UdpFaults::default()
    };
    let front = serve(Behaviour::default(), faults);
    let image = image(50_000);
    let mut client = client(&front, LIMITS);
    let error = client
        .download(&mut &image[..], 50_000)
        .unwrap_err()
        .to_string();
    assert!(error.contains("refused: out of memory"), "{error}");
    assert_eq!(front.with_device(|device| device.transfers.len()), 2);
}

#[test]
fn a_device_that_vanishes_before_it_confirms_is_unconfirmed() {
    for answer in [Answer::Vanish, Answer::Silence] {
        let behaviour = Behaviour {
            answers: vec![("boot", answer)],
            ..Behaviour::default()
        };
        let front = serve(behaviour, UdpFaults::default());
        let transport = UdpTransport::connect(&front.address().into(), UDP).unwrap();
        let mut client = Client::new(transport, LIMITS, |_| {});
        client.download(&mut &b"image"[..], 5).unwrap();
        let mut client = Client::new(client.into_transport(), SILENT, |_| {});
        assert!(matches!(client.boot().unwrap(), Boot::Unconfirmed(_)));
    }
}

#[test]
fn rejects_what_the_protocol_does_not_allow() {
    let cases = [
        (
            UdpFaults {
                packet_size: 511,
                ..UdpFaults::default()
            },
            "found 1 and 511",
        ),
        (
            UdpFaults {
                packet_size: 1,
                ..UdpFaults::default()
            },
            "found 1 and 1",
        ),
    ];
    for (faults, message) in cases {
        let front = serve(Behaviour::default(), faults);
        let error = UdpTransport::connect(&front.address().into(), UDP)
            .unwrap_err()
            .to_string();
        assert!(error.contains(message), "{error}");
    }
    let faults = UdpFaults {
        error: Some("no\x1b[2J way".to_owned()),
        ..UdpFaults::default()
    };
    let front = serve(Behaviour::default(), faults);
    let error = client(&front, LIMITS)
        .getvar(&name("product"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("error of the device: no\\u{1b}[2J way"),
        "{error}"
    );
}

#[test]
fn rejects_replies_that_are_too_long() {
    let behaviour = Behaviour {
        answers: vec![(
            "getvar",
            Answer::Replies(vec![[b"OKAY", &[b'x'; 20_000][..]].concat()]),
        )],
        ..Behaviour::default()
    };
    let faults = UdpFaults {
        split_replies: 1000,
        ..UdpFaults::default()
    };
    let front = serve(behaviour, faults);
    let error = client(&front, LIMITS)
        .getvar(&name("product"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("expected at most 4096"), "{error}");
}

#[test]
fn a_device_that_does_not_listen_is_an_error() {
    let front = serve(Behaviour::default(), UdpFaults::default());
    let address = front.address().into();
    drop(front);
    let error = UdpTransport::connect(&address, UDP)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("cannot connect: connection refused"),
        "{error}"
    );
}
