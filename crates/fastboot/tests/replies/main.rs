//! Variables and replies of boot loaders that deviate from the protocol.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod naive;

use common::{Usb, answering, reply};
use fastboot::{Error, VariableName};
use fastboot_device::{Answer, Behaviour, Padding, UnknownVariable};

fn name(name: &str) -> VariableName {
    VariableName::new(name).unwrap()
}

#[test]
fn a_missing_variable_is_a_value_however_the_device_answers() {
    for unknown_variable in [
        UnknownVariable::EmptyOkay,
        UnknownVariable::Fail,
        UnknownVariable::Silence,
    ] {
        let usb = Usb::new(Behaviour {
            unknown_variable,
            ..Behaviour::default()
        });
        let mut client = usb.client();
        assert_eq!(client.getvar(&name("nothing")).unwrap(), None);
        // The connection stays usable.
        let product = client.getvar(&name("product")).unwrap();
        assert_eq!(product.as_deref(), Some("sdm845"), "{unknown_variable:?}");
        let is_silent = unknown_variable == UnknownVariable::Silence;
        assert_eq!(client.into_transport().resyncs, usize::from(is_silent));
    }
}

#[test]
fn values_end_at_nul_and_newline() {
    for padding in [
        Padding::Nul,
        Padding::Newline,
        Padding::Buffer(64),
        Padding::Buffer(256),
    ] {
        let mut client = Usb::new(Behaviour {
            padding,
            ..Behaviour::default()
        })
        .client();
        let product = client.getvar(&name("product")).unwrap();
        assert_eq!(product.as_deref(), Some("sdm845"), "{padding:?}");
        client.download(&mut &b"image"[..], 5).unwrap();
    }
}

#[test]
fn texts_of_devices_cannot_control_the_terminal() {
    let answer = Answer::Replies(vec![
        b"INFO\x1b[2Jfake\xff\x08".to_vec(),
        b"OKAYa\nb\x07".to_vec(),
    ]);
    let mut texts = Vec::new();
    let mut client = Usb::new(answering("getvar", answer)).recording(&mut texts);
    let value = client.getvar(&name("product")).unwrap();
    assert_eq!(value.as_deref(), Some("a\\nb\\u{7}"));
    drop(client);
    assert_eq!(texts, ["device: \\u{1b}[2Jfake\u{fffd}\\u{8}"]);
}

#[test]
fn reads_the_maximum_size_in_hex_and_decimal_and_without_one() {
    let cases = [
        (Some("0x10000000"), Some(0x1000_0000)),
        (Some("268435456"), Some(0x1000_0000)),
        (Some("0x10000000\n"), Some(0x1000_0000)),
        (Some("0"), None),
        (Some("unlimited"), None),
        (None, None),
    ];
    for (value, expected) in cases {
        let usb = Usb::new(Behaviour::default());
        match value {
            Some(value) => usb.device.borrow_mut().set("max-download-size", value),
            None => usb.device.borrow_mut().remove("max-download-size"),
        }
        let size = usb.client().max_download_size().unwrap();
        assert_eq!(size, expected, "{value:?}");
    }
}

#[test]
fn joins_replies_of_several_packets() {
    for packet_size in [64, 512] {
        // With the four bytes of OKAY, among them replies that fill one and four packets.
        for length in [1, 59, 60, 61, 124, 252, 508] {
            for ends_full_packets in [true, false] {
                let value = "v".repeat(length);
                let mut usb = Usb::new(Behaviour::default());
                usb.packet_size = packet_size;
                usb.ends_full_packets = ends_full_packets;
                usb.device.borrow_mut().set("long", &value);
                let mut client = usb.client();
                assert_eq!(client.getvar(&name("long")).unwrap(), Some(value));
                let product = client.getvar(&name("product")).unwrap();
                assert_eq!(product.as_deref(), Some("sdm845"));
            }
        }
    }
}

#[test]
fn replies_that_fill_a_packet_are_not_joined_with_the_next_one() {
    let line = [&b"INFO"[..], &[b'i'; 60]].concat();
    let answer = Answer::Replies(vec![line.clone(), line, b"OKAYyes".to_vec()]);
    let mut usb = Usb::new(answering("getvar", answer));
    usb.packet_size = 64;
    usb.ends_full_packets = false;
    let mut texts = Vec::new();
    let mut client = usb.recording(&mut texts);
    assert_eq!(
        client.getvar(&name("product")).unwrap().as_deref(),
        Some("yes")
    );
    drop(client);
    assert_eq!(texts.len(), 2);
}

#[test]
fn rejects_replies_that_never_end() {
    let mut usb = Usb::new(answering(
        "getvar",
        reply(&[b"OKAY", &[b'v'; 10_000][..]].concat()),
    ));
    usb.packet_size = 64;
    let error = usb.client().getvar(&name("product")).unwrap_err();
    assert!(matches!(error, Error::LongReply("getvar")), "{error}");
}

/// The boot loader that is asked here would be silent for ever.
#[test]
fn sends_no_command_over_64_bytes() {
    let usb = Usb::new(Behaviour {
        is_fragile: true,
        ..Behaviour::default()
    });
    let device = usb.device.clone();
    let mut client = usb.client();
    for length in 1..200 {
        if let Ok(name) = VariableName::new(&"x".repeat(length)) {
            client.getvar(&name).unwrap();
        }
    }
    assert!(!device.borrow().is_stuck);
    let longest = device.borrow().commands.iter().map(String::len).max();
    assert_eq!(longest, Some(64));
}

#[test]
fn never_queries_all_variables() {
    let usb = Usb::new(Behaviour {
        compares_beginnings: true,
        ..Behaviour::default()
    });
    let mut texts = Vec::new();
    let mut client = usb.recording(&mut texts);
    for text in ["", "a", "al", "all", "product", "partition-type:op2"] {
        if let Ok(name) = VariableName::new(text) {
            client.getvar(&name).unwrap();
        }
    }
    drop(client);
    assert!(texts.is_empty());
}

#[test]
fn limits_the_messages_of_a_device() {
    let many = vec![b"INFO".to_vec(); 10_000];
    let large = vec![[b"TEXT", &[b'x'; 4000][..]].concat(); 100];
    for replies in [many, large] {
        let mut client = Usb::new(answering("getvar:p", Answer::Replies(replies))).client();
        let error = client.getvar(&name("product")).unwrap_err();
        assert!(matches!(error, Error::TooManyMessages(_)), "{error}");
        // What is left of the flood is not taken for the answer to the next command.
        assert_eq!(client.is_unlocked().unwrap(), Some(true));
    }
}

#[test]
fn values_may_contain_colons() {
    let usb = Usb::new(Behaviour::default());
    usb.device
        .borrow_mut()
        .set("lk2nd:compatible", "samsung,gt510: wifi");
    let value = usb.client().getvar(&name("lk2nd:compatible")).unwrap();
    assert_eq!(value.as_deref(), Some("samsung,gt510: wifi"));
}

#[test]
fn accepts_messages_before_any_reply_and_starts_the_limit_again() {
    let before = vec![b"INFOone".to_vec(), b"TEXTtwo".to_vec(), b"INFO".to_vec()];
    let usb = Usb::new(Behaviour {
        before,
        ..Behaviour::default()
    });
    let mut texts = Vec::new();
    let mut client = usb.recording(&mut texts);
    assert_eq!(client.is_unlocked().unwrap(), Some(true));
    client.download(&mut &b"image"[..], 5).unwrap();
    client.boot().unwrap();
    let deadlines = client.into_transport().deadlines;
    // Five answers (unlocked, max-download-size, DATA, the end of the download, boot) of four replies each.
    assert_eq!(deadlines.len(), 20);
    assert!(deadlines.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(
        texts.iter().filter(|text| *text == "device: one").count(),
        5
    );
}

#[test]
fn rejects_garbage_and_recovers() {
    for garbage in [&b"\xff\xfe\x00\x1b"[..], b"OK", b"okay", b"DATA00000005"] {
        let mut client = Usb::new(answering("getvar:product", reply(garbage))).client();
        let error = client.getvar(&name("product")).unwrap_err().to_string();
        assert!(error.starts_with("getvar: expected OKAY"), "{error}");
        assert_eq!(client.is_unlocked().unwrap(), Some(true));
    }
}

#[test]
fn a_device_that_disconnects_is_an_error() {
    let mut client = Usb::new(answering("getvar", Answer::Vanish)).client();
    for _ in 0..2 {
        let error = client.getvar(&name("product")).unwrap_err().to_string();
        assert!(error.contains("disconnected"), "{error}");
    }
}

#[test]
fn reads_whether_the_boot_loader_is_unlocked() {
    let cases = [
        ("yes", Some(true)),
        ("no", Some(false)),
        ("", None),
        ("perhaps", None),
    ];
    for (value, expected) in cases {
        let usb = Usb::new(Behaviour::default());
        usb.device.borrow_mut().set("unlocked", value);
        assert_eq!(usb.client().is_unlocked().unwrap(), expected, "{value:?}");
    }
}
