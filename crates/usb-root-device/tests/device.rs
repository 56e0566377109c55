//! The state machine by its public interface.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::num::NonZeroU32;

use smoo_wire::{Export, ExportId, Operation, Response, encode_exports};
use usb_root_device::{Action, Configured, Device, Limits, Loss, Refusal};

type Change = fn(&mut Response);

const LIMITS: Limits = Limits {
    slots: 2,
    length: 4096,
};

fn export(id: u32, block_size: u32, size: u64) -> Export {
    let id = ExportId(NonZeroU32::new(id).unwrap());
    Export::new(id, block_size, size).unwrap()
}

fn image() -> Export {
    export(7, 512, 8192)
}

/// A device in a session, with the image.
fn device() -> Device {
    let mut device = Device::new(LIMITS, 10);
    device.start_session();
    let message = encode_exports(&[image()]);
    assert_eq!(device.configure(&message), Ok(Configured::First(image())));
    device
}

/// The answer of the host to the next request.
fn answer(device: &mut Device) -> Response {
    let request = device.next_request().unwrap();
    Response { request, status: 0 }
}

fn receive(device: &mut Device, response: &Response) -> Action {
    device.receive(device.session(), &response.encode())
}

#[test]
fn reads_one_block() {
    let mut device = device();
    assert!(device.begin_read(1, 1024, 512));
    let response = answer(&mut device);
    assert_eq!((response.request.block, response.request.blocks), (2, 1));
    assert_eq!(device.next_request(), None);
    let expected = Action::Receive {
        tag: 1,
        length: 512,
    };
    assert_eq!(receive(&mut device, &response), expected);
    assert!(device.finish(device.session(), 1));
    assert!(!device.finish(device.session(), 1));
    assert_eq!(device.outstanding(), 0);
}

#[test]
fn accepts_only_the_first_image() {
    let mut device = device();
    let same = encode_exports(&[image()]);
    assert_eq!(device.configure(&same), Ok(Configured::Same));
    for other in [
        export(8, 512, 8192),
        export(7, 1024, 8192),
        export(7, 512, 4096),
    ] {
        device.start_session();
        let refusal = device.configure(&encode_exports(&[other])).unwrap_err();
        let expected = image();
        let found = other;
        assert_eq!(refusal, Refusal::OtherImage { expected, found });
        assert!(!device.status().is_active);
        assert_eq!(device.next_request(), None);
    }
    assert_eq!(device.export(), Some(image()));
}

#[test]
fn refuses_images_that_it_does_not_support() {
    let mut device = Device::new(LIMITS, 0);
    for (exports, expected) in [
        (
            vec![export(1, 8192, 8192)],
            "expected blocks of at most 4096 bytes, found 8192",
        ),
        (
            vec![export(1, 512, 1 << 63)],
            "9223372036854775808 bytes are too large",
        ),
        (
            vec![image(), export(8, 512, 512)],
            "expected one image, found 2",
        ),
    ] {
        let refusal = device.configure(&encode_exports(&exports)).unwrap_err();
        assert_eq!(refusal.to_string(), expected);
    }
    let refusal = device.configure(&[0; 32]).unwrap_err().to_string();
    assert_eq!(refusal, "CONFIG_EXPORTS: expected 8 bytes, found 32");
    let nothing = encode_exports(&[]);
    assert_eq!(device.configure(&nothing), Ok(Configured::Nothing));
    assert_eq!(device.export(), None);
    assert!(!device.begin_read(0, 0, 512));
}

#[test]
fn rejects_reads_that_are_not_valid() {
    let mut device = device();
    for (tag, offset, length) in [
        (2, 0, 512),
        (0, 256, 512),
        (0, 0, 0),
        (0, 0, 500),
        (0, 0, 4096 + 512),
        (0, 8192, 512),
        (0, u64::MAX, 512),
    ] {
        assert!(!device.begin_read(tag, offset, length));
    }
    assert!(device.begin_read(0, 8192 - 512, 512));
    assert!(!device.begin_read(0, 0, 512), "the tag is in use");
}

#[test]
fn requests_again_with_new_numbers_in_the_next_session() {
    let mut device = device();
    assert!(device.begin_read(1, 512, 512));
    let stale = answer(&mut device);
    assert!(device.begin_read(0, 0, 512));
    let before = device.session();
    device.start_session();
    assert_eq!(device.next_request(), None, "the host serves nothing yet");
    device.configure(&encode_exports(&[image()])).unwrap();
    let ignored = device.receive(before, &stale.encode());
    assert_eq!(ignored, Action::Ignore);
    assert_eq!(receive(&mut device, &stale), Action::Drain(512));
    let again = answer(&mut device);
    assert_eq!(again.request.block, 1, "the older one first");
    assert_ne!(again.request.id, stale.request.id);
    assert_eq!(answer(&mut device).request.block, 0);
}

#[test]
fn completes_nothing_if_the_session_ends_within_the_payload() {
    let mut device = device();
    assert!(device.begin_read(0, 0, 512));
    let response = answer(&mut device);
    let session = device.session();
    assert!(matches!(
        receive(&mut device, &response),
        Action::Receive { .. }
    ));
    device.start_session();
    assert!(!device.finish(session, 0));
    assert_eq!(device.outstanding(), 1);
}

#[test]
fn a_payload_of_an_earlier_session_does_not_complete_the_same_read_in_this_one() {
    let mut device = device();
    assert!(device.begin_read(0, 0, 512));
    let earlier = device.session();
    for _ in 0..2 {
        device.start_session();
        device.configure(&encode_exports(&[image()])).unwrap();
        let response = answer(&mut device);
        let action = receive(&mut device, &response);
        assert!(matches!(action, Action::Receive { tag: 0, .. }));
    }
    assert!(!device.finish(earlier, 0));
    assert!(device.finish(device.session(), 0));
}

#[test]
fn reports_errors_of_the_host() {
    let mut device = device();
    assert!(device.begin_read(0, 0, 512));
    let mut response = answer(&mut device);
    response.status = 5;
    response.request.blocks = 0;
    let failed = Action::Fail { tag: 0, errno: 5 };
    assert_eq!(receive(&mut device, &response), failed);
    assert_eq!(receive(&mut device, &response), Action::Ignore);
    assert_eq!(device.outstanding(), 0);
}

#[test]
fn leaves_the_session_after_each_invalid_response() {
    let changes: [(Change, &str); 5] = [
        (
            |response| response.request.export = export(8, 512, 512).id(),
            "response: another export",
        ),
        (
            |response| response.request.operation = Operation::Flush,
            "response: expected a read, found Flush",
        ),
        (
            |response| response.request.blocks = 0,
            "response: invalid number of blocks: 0",
        ),
        (
            |response| response.request.blocks = 9,
            "response: invalid number of blocks: 9",
        ),
        (
            |response| response.request.block += 1,
            "response: other blocks than in the request",
        ),
    ];
    for (change, expected) in changes {
        let mut device = device();
        assert!(device.begin_read(0, 0, 512));
        let mut response = answer(&mut device);
        change(&mut response);
        let session = device.session();
        let Action::Lost(loss) = receive(&mut device, &response) else {
            panic!("{expected}");
        };
        assert_eq!(loss.to_string(), expected);
        assert_ne!(device.session(), session);
        assert!(!device.status().is_active);
        assert_eq!(device.outstanding(), 1);
    }
    let mut device = device();
    let action = device.receive(device.session(), b"getvar:version");
    assert!(matches!(action, Action::Lost(Loss::Invalid(_))));
    assert!(!device.lose(device.session()), "it has left it already");
}
