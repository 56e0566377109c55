//! Each deviation of a boot loader that a client has to know: one that only follows the protocol's description fails, ours does not.

use crate::common::{Usb, answering};
use fastboot::{Boot, Client, Error, VariableName};
use fastboot_device::{Answer, Behaviour, Device, Padding, UnknownVariable};

use crate::name;

/// The naive client: one packet is one reply, and each reply is what the description says.
struct Naive(Device);

impl Naive {
    fn new(behaviour: Behaviour) -> Self {
        Naive(Device::new(behaviour))
    }

    fn run(&mut self, bytes: &[u8]) -> Result<String, String> {
        self.0.receive(bytes);
        let reply = self.0.next_reply().ok_or("no answer")?;
        let reply = String::from_utf8(reply).map_err(|error| error.to_string())?;
        match reply.split_at_checked(4) {
            Some(("OKAY" | "DATA", rest)) => Ok(rest.to_owned()),
            _ => Err(reply),
        }
    }

    fn getvar(&mut self, name: &str) -> Result<String, String> {
        self.run(format!("getvar:{name}").as_bytes())
    }

    fn max_download_size(&mut self) -> Result<u64, String> {
        let size = self.getvar("max-download-size")?;
        let digits = size.trim_start_matches("0x");
        u64::from_str_radix(digits, 16).map_err(|error| error.to_string())
    }

    fn download(&mut self, image: &[u8], piece: usize) -> Result<(), String> {
        self.run(format!("download:{:08x}", image.len()).as_bytes())?;
        for part in image.chunks(piece) {
            self.0.receive(part);
        }
        let reply = self.0.next_reply().ok_or("no answer")?;
        (reply == b"OKAY").then_some(()).ok_or("not OKAY".into())
    }
}

fn client(behaviour: Behaviour) -> Client<'static, Usb> {
    Usb::new(behaviour).client()
}

#[test]
fn variables_that_are_missing() {
    for (unknown_variable, naive) in [
        (UnknownVariable::EmptyOkay, Ok("")),
        (UnknownVariable::Fail, Err("FAILVariable not found")),
        (UnknownVariable::Silence, Err("no answer")),
    ] {
        let behaviour = Behaviour {
            unknown_variable,
            ..Behaviour::default()
        };
        let found = Naive::new(behaviour.clone()).getvar("nothing");
        assert_eq!(found.as_deref().map_err(String::as_str), naive);
        assert_eq!(client(behaviour).getvar(&name("nothing")).unwrap(), None);
    }
}

#[test]
fn replies_with_a_nul_or_a_newline() {
    for padding in [Padding::Nul, Padding::Newline, Padding::Buffer(64)] {
        let behaviour = Behaviour {
            padding,
            ..Behaviour::default()
        };
        assert_ne!(
            Naive::new(behaviour.clone()).getvar("product"),
            Ok("sdm845".into())
        );
        let product = client(behaviour).getvar(&name("product")).unwrap();
        assert_eq!(product.as_deref(), Some("sdm845"), "{padding:?}");
    }
}

#[test]
fn sizes_in_decimal() {
    let size = 268_435_456;
    let mut naive = Naive::new(Behaviour::default());
    naive.0.set("max-download-size", &size.to_string());
    assert_ne!(naive.max_download_size(), Ok(size));
    let usb = Usb::new(Behaviour::default());
    usb.device
        .borrow_mut()
        .set("max-download-size", &size.to_string());
    assert_eq!(usb.client().max_download_size().unwrap(), Some(size));
}

#[test]
fn images_that_are_too_large() {
    let behaviour = Behaviour {
        buffer_size: Some(4),
        ..Behaviour::default()
    };
    let refused = Naive::new(behaviour.clone()).download(b"image", 512);
    assert_eq!(refused, Err("FAIL00000005".to_owned()));
    let usb = Usb::new(behaviour);
    usb.device.borrow_mut().set("max-download-size", "4");
    let error = usb.client().download(&mut &b"image"[..], 5).unwrap_err();
    assert!(matches!(error, Error::TooLarge { size: 5, max: 4 }));
}

#[test]
fn commands_that_are_too_long() {
    let fragile = || Behaviour {
        is_fragile: true,
        ..Behaviour::default()
    };
    let long = "x".repeat(58);
    let mut naive = Naive::new(fragile());
    assert!(naive.getvar(&long).is_err() && naive.0.is_stuck);
    assert!(VariableName::new(&long).is_err());
}

#[test]
fn variables_whose_names_begin_all() {
    let behaviour = Behaviour {
        compares_beginnings: true,
        ..Behaviour::default()
    };
    let reply = Naive::new(behaviour).getvar("a");
    assert_eq!(reply, Err("INFOvariable-0: x".to_owned()));
    assert!(VariableName::new("a").is_err());
}

#[test]
fn messages_before_replies() {
    let behaviour = Behaviour {
        before: vec![b"INFOwait".to_vec(), b"TEXT.".to_vec()],
        ..Behaviour::default()
    };
    let naive = Naive::new(behaviour.clone()).download(b"image", 512);
    assert_eq!(naive, Err("INFOwait".to_owned()));
    client(behaviour).download(&mut &b"image"[..], 5).unwrap();
}

#[test]
fn downloads_in_short_transfers() {
    let behaviour = || Behaviour {
        short_transfer_ends_download: Some(512),
        ..Behaviour::default()
    };
    let image = [7; 3000];
    let mut naive = Naive::new(behaviour());
    assert!(naive.download(&image, 1000).is_err() && naive.0.is_stuck);
    client(behaviour())
        .download(&mut &image[..], image.len() as u64)
        .unwrap();
}

#[test]
fn devices_that_vanish_before_they_confirm_the_boot() {
    let behaviour = answering("boot", Answer::Vanish);
    assert!(Naive::new(behaviour.clone()).run(b"boot").is_err());
    let mut client = client(behaviour);
    client.download(&mut &b"image"[..], 5).unwrap();
    assert!(matches!(client.boot().unwrap(), Boot::Unconfirmed(_)));
}
