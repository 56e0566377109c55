//! The transport over TCP against a device with faults.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::io::{self, Read};
use std::thread;

use common::{LIMITS, LONG, SILENT, image};
use fastboot::{Boot, Client, Limits, VariableName};
use fastboot_device::{Answer, Behaviour, Device, TcpFaults, TcpFront, UnknownVariable};
use fastboot_net::{TcpLimits, TcpTransport};

const TCP: TcpLimits = TcpLimits { connect: LONG };

fn serve(behaviour: Behaviour, faults: TcpFaults) -> TcpFront {
    TcpFront::start(Device::new(behaviour), faults).unwrap()
}

fn client(front: &TcpFront, limits: Limits) -> Client<'static, TcpTransport> {
    let transport = TcpTransport::connect(&front.address().into(), TCP).unwrap();
    Client::new(transport, limits, |_| {})
}

fn name(name: &str) -> VariableName {
    VariableName::new(name).unwrap()
}

fn check_whole_boot(front: &TcpFront) {
    let mut client = client(front, LIMITS);
    let product = client.getvar(&name("product")).unwrap();
    assert_eq!(product.as_deref(), Some("sdm845"));
    let image = image(3_000_001);
    client
        .download(&mut &image[..], image.len() as u64)
        .unwrap();
    assert!(matches!(client.boot().unwrap(), Boot::Accepted));
    front.with_device(|device| {
        assert!(device.downloaded == image);
        assert_eq!(device.commands.last().map(String::as_str), Some("boot"));
    });
}

#[test]
fn downloads_and_boots() {
    check_whole_boot(&serve(Behaviour::default(), TcpFaults::default()));
}

#[test]
fn reads_replies_that_arrive_in_pieces_and_skips_empty_ones() {
    let faults = TcpFaults {
        is_slow: true,
        has_empty_messages: true,
        ..TcpFaults::default()
    };
    check_whole_boot(&serve(Behaviour::default(), faults));
}

#[test]
fn accepts_later_versions() {
    let faults = TcpFaults {
        handshake: Some(b"FB02".to_vec()),
        ..TcpFaults::default()
    };
    check_whole_boot(&serve(Behaviour::default(), faults));
}

#[test]
fn rejects_other_handshakes() {
    let handshakes = [&b"FB00"[..], b"HTTP", b"FB1x", b"\x1b[2J", b"fb01"];
    for handshake in handshakes {
        let faults = TcpFaults {
            handshake: Some(handshake.to_vec()),
            ..TcpFaults::default()
        };
        let front = serve(Behaviour::default(), faults);
        let error = TcpTransport::connect(&front.address().into(), TCP)
            .unwrap_err()
            .to_string();
        assert!(error.contains("handshake: expected FB01"), "{error}");
        assert!(!error.contains('\x1b'));
    }
}

#[test]
fn rejects_lengths_of_more_than_a_reply() {
    for length in [4097, 1 << 32, u64::MAX] {
        let faults = TcpFaults {
            length: Some(length),
            ..TcpFaults::default()
        };
        let front = serve(Behaviour::default(), faults);
        let error = client(&front, LIMITS)
            .getvar(&name("product"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("expected at most 4096"), "{error}");
    }
}

#[test]
fn a_reply_that_is_cut_is_an_error() {
    for cut in [0, 1, 7, 8, 11] {
        let faults = TcpFaults {
            cut: Some(cut),
            ..TcpFaults::default()
        };
        let front = serve(Behaviour::default(), faults);
        let error = client(&front, LIMITS)
            .getvar(&name("product"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("disconnected"), "{error}");
    }
}

#[test]
fn a_silent_variable_is_missing_and_the_client_connects_again() {
    let behaviour = Behaviour {
        unknown_variable: UnknownVariable::Silence,
        ..Behaviour::default()
    };
    let front = serve(behaviour, TcpFaults::default());
    let mut client = client(&front, SILENT);
    assert_eq!(client.getvar(&name("nothing")).unwrap(), None);
    let product = client.getvar(&name("product")).unwrap();
    assert_eq!(product.as_deref(), Some("sdm845"));
}

#[test]
fn a_device_that_vanishes_before_it_confirms_is_unconfirmed() {
    let behaviour = Behaviour {
        answers: vec![("boot", Answer::Vanish)],
        ..Behaviour::default()
    };
    let front = serve(behaviour, TcpFaults::default());
    let mut client = client(&front, LIMITS);
    client.download(&mut &b"image"[..], 5).unwrap();
    assert!(matches!(client.boot().unwrap(), Boot::Unconfirmed(_)));
}

#[test]
fn reports_a_download_that_is_refused() {
    let behaviour = Behaviour {
        buffer_size: Some(100),
        ..Behaviour::default()
    };
    let front = serve(behaviour, TcpFaults::default());
    let image = image(1000);
    let error = client(&front, LIMITS)
        .download(&mut &image[..], 1000)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("refused: 000003e8; the image is too large"),
        "{error}"
    );
}

/// Bytes that are available once the device answered to those before.
struct AfterAnswer<'a>(&'a [u8], &'a TcpFront);

impl Read for AfterAnswer<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while self.1.with_device(|device| device.is_downloading()) {
            thread::yield_now();
        }
        self.0.read(bytes)
    }
}

/// U-Boot over TCP would run data that looks like a command.
#[test]
fn stops_to_send_data_when_the_device_refuses_it() {
    let faults = TcpFaults {
        lacks_data: true,
        ..TcpFaults::default()
    };
    let front = serve(Behaviour::default(), faults);
    let transport = TcpTransport::connect(&front.address().into(), TCP).unwrap();
    let mut client = Client::new(transport, LIMITS, |_| {});
    let image = image(3 << 20);
    let (first, others) = image.split_at(1 << 20);
    let mut image = first.chain(AfterAnswer(others, &front));
    let error = client
        .download(&mut image, 3 << 20)
        .unwrap_err()
        .to_string();
    assert!(error.contains("refused: unrecognized command"), "{error}");
    assert_eq!(front.with_device(|device| device.commands.len()), 2);
}

#[test]
fn a_device_that_does_not_listen_is_an_error() {
    let front = serve(Behaviour::default(), TcpFaults::default());
    let address = front.address().into();
    drop(front);
    let error = TcpTransport::connect(&address, TCP)
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("device 127.0.0.1:"), "{error}");
}
