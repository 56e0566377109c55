//! The host of a root over USB survives any message, and reads only within the image.
#![no_main]

use std::num::NonZeroU32;

use libfuzzer_sys::fuzz_target;
use smoo_wire::{Export, ExportId, Request, Response};
use usb_root_host::{MAX_READ, Session, Work, check_ident};

const SIZE: u64 = 1 << 30;

// The input is an answer to IDENT, one to STATUS, and messages. The threads of the server are tested with random devices in the crate.
fuzz_target!(|input: &[u8]| {
    let id = ExportId(NonZeroU32::MIN);
    let (Ok(export), Some((ident, rest))) = (Export::new(id, 512, SIZE), input.split_at_checked(8))
    else {
        return;
    };
    let _ = check_ident(ident);
    let Some((status, messages)) = rest.split_at_checked(16) else {
        return;
    };
    let Ok(session) = Session::new(export, status) else {
        return;
    };
    assert_eq!(session.check_status(status), Ok(()));
    for message in messages.chunks(Request::LENGTH) {
        let Ok(work) = session.request(message) else {
            continue;
        };
        let response = match work {
            Work::Read(read) => {
                assert!((1..=MAX_READ).contains(&(read.length as u64)));
                assert!(read.position + read.length as u64 <= SIZE);
                read.response(true)
            }
            Work::Answer(response) => response,
            Work::Reject(response, rejection) => {
                assert!(response.status != 0);
                assert!(!rejection.to_string().chars().any(char::is_control));
                response
            }
        };
        assert_eq!(response.request.encode(), message);
        assert_eq!(Response::parse(&response.encode()), Ok(response));
    }
});
