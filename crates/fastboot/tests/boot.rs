//! Downloads and boots on boot loaders that deviate from the protocol.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::io::{self, Read};

use common::{Usb, answering, reply};
use fastboot::{Boot, Error};
use fastboot_device::{Answer, Behaviour};

const IMAGE_SIZE: usize = 3 * 1024 * 1024 + 77;

fn image() -> Vec<u8> {
    (0..IMAGE_SIZE).map(|number| (number % 251) as u8).collect()
}

/// Returns few bytes at a time, as pipes and decoders do.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let length = bytes.len().min(1000);
        self.0.read(&mut bytes[..length])
    }
}

#[test]
fn downloads_and_boots() {
    let usb = Usb::new(Behaviour::default());
    let device = usb.device.clone();
    let mut texts = Vec::new();
    let mut client = usb.recording(&mut texts);
    client
        .download(&mut Trickle(&image()), IMAGE_SIZE as u64)
        .unwrap();
    assert!(matches!(client.boot().unwrap(), Boot::Accepted));
    drop(client);
    let device = device.borrow();
    assert!(device.downloaded == image());
    assert!(device.is_booted);
    let size = format!("download:{IMAGE_SIZE:08x}");
    assert_eq!(device.commands, ["getvar:max-download-size", &size, "boot"]);
    let end = format!("sent {IMAGE_SIZE} of {IMAGE_SIZE} bytes");
    assert_eq!(texts.last(), Some(&end));
}

#[test]
fn compares_the_size_before_it_sends_anything() {
    let usb = Usb::new(Behaviour::default());
    usb.device.borrow_mut().set("max-download-size", "0x1000");
    let device = usb.device.clone();
    let error = usb.client().download(&mut io::empty(), 0x1001).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("image of 4097 bytes, the device accepts 4096 bytes")
    );
    assert_eq!(device.borrow().commands, ["getvar:max-download-size"]);
}

#[test]
fn explains_a_refusal_that_is_only_a_number() {
    let usb = Usb::new(Behaviour {
        buffer_size: Some(0x1000),
        ..Behaviour::default()
    });
    usb.device.borrow_mut().remove("max-download-size");
    let error = usb
        .client()
        .download(&mut &image()[..], 0x2000)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("refused: 00002000; the image is too large"),
        "{error}"
    );
}

#[test]
fn refuses_sizes_that_the_command_cannot_express() {
    let usb = Usb::new(Behaviour::default());
    usb.device.borrow_mut().remove("max-download-size");
    let mut client = usb.client();
    let error = client.download(&mut io::empty(), 1 << 32).unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    let error = client.download(&mut io::empty(), 0).unwrap_err();
    assert!(matches!(error, Error::Empty), "{error}");
}

#[test]
fn all_writes_but_the_last_are_multiples_of_the_packet_size() {
    for packet_size in [64, 512, 1024, 1000] {
        let mut usb = Usb::new(Behaviour {
            short_transfer_ends_download: Some(packet_size),
            ..Behaviour::default()
        });
        usb.packet_size = packet_size;
        let device = usb.device.clone();
        let mut client = usb.client();
        client
            .download(&mut Trickle(&image()), IMAGE_SIZE as u64)
            .unwrap();
        let device = device.borrow();
        assert!(device.downloaded == image());
        assert!(device.transfers.len() > 1);
        let (_, others) = device.transfers.split_last().unwrap();
        assert!(others.iter().all(|length| length % packet_size == 0));
    }
}

#[test]
fn sends_no_empty_packet() {
    let usb = Usb::new(Behaviour {
        is_fragile: true,
        ..Behaviour::default()
    });
    let device = usb.device.clone();
    let mut client = usb.client();
    // A multiple of every packet size: the last packet is full.
    let size = 2 * 1024 * 1024;
    client.download(&mut &image()[..size], size as u64).unwrap();
    assert!(matches!(client.boot().unwrap(), Boot::Accepted));
    let device = device.borrow();
    assert!(!device.transfers.contains(&0));
    assert!(!device.commands.contains(&String::new()));
}

#[test]
fn a_device_that_vanishes_before_it_confirms_is_unconfirmed() {
    for answer in [Answer::Vanish, Answer::Silence] {
        let mut client = Usb::new(answering("boot", answer)).client();
        client.download(&mut &b"image"[..], 5).unwrap();
        assert!(matches!(client.boot().unwrap(), Boot::Unconfirmed(_)));
    }
}

#[test]
fn a_device_that_vanished_before_boot_is_an_error() {
    let mut client = Usb::new(answering("getvar", Answer::Vanish)).client();
    client.is_unlocked().unwrap_err();
    let error = client.boot().unwrap_err().to_string();
    assert!(
        error.starts_with("boot: the device disconnected"),
        "{error}"
    );
}

/// An answer does not prove that a kernel runs, so the device can be used again.
#[test]
fn a_device_that_comes_back_after_it_accepted_can_be_queried() {
    let mut client = Usb::new(Behaviour::default()).client();
    client.download(&mut &b"image"[..], 5).unwrap();
    assert!(matches!(client.boot().unwrap(), Boot::Accepted));
    assert_eq!(client.is_unlocked().unwrap(), Some(true));
}

#[test]
fn explains_why_a_device_refuses_to_boot() {
    let cases = [
        (
            "FAILFastboot boot command is not available in locked device",
            "unlock",
        ),
        ("FAILunknown command", "lk2nd"),
        ("FAILdtb not found", "device tree"),
        ("FAILkernel compression not supported", "compression"),
        ("FAILdecompress failed", "compression"),
        ("FAILramdisk size is zero", "initramfs"),
        ("FAIL", "oem log"),
    ];
    for (message, part) in cases {
        let mut client = Usb::new(answering("boot", reply(message.as_bytes()))).client();
        client.download(&mut &b"image"[..], 5).unwrap();
        match client.boot().unwrap() {
            Boot::Refused(refusal) => assert!(refusal.to_string().contains(part), "{refusal}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn sends_no_data_unless_the_device_expects_exactly_the_announced_size() {
    let replies = [
        "DATA00000004",
        "DATA00000006",
        "DATAffffffff",
        "OKAY",
        "FAILno",
        "DATA",
        "x",
    ];
    for text in replies {
        let usb = Usb::new(answering("download", reply(text.as_bytes())));
        let device = usb.device.clone();
        let mut client = usb.client();
        let error = client
            .download(&mut &b"image"[..], 5)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("download: "), "{error}");
        assert!(device.borrow().transfers.is_empty(), "{text}");
    }
}

#[test]
fn reports_failures_after_the_data() {
    let answers = [
        reply(b"FAILno memory"),
        reply(b"DATA00000001"),
        Answer::Silence,
        Answer::Vanish,
    ];
    let messages = [
        "refused: no memory",
        "expected OKAY or FAIL",
        "no answer",
        "disconnected",
    ];
    for (answer, message) in answers.into_iter().zip(messages) {
        let mut client = Usb::new(answering("data", answer)).client();
        let error = client
            .download(&mut &b"image"[..], 5)
            .unwrap_err()
            .to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn an_image_that_ends_early_is_an_error() {
    let mut client = Usb::new(Behaviour::default()).client();
    let error = client
        .download(&mut &b"imag"[..], 5)
        .unwrap_err()
        .to_string();
    assert!(error.contains("the image ends too early"), "{error}");
}
