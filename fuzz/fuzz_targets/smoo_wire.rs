//! Parsing any message of the smoo protocol terminates, and what is valid has only one form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smoo_wire::{Ident, MAX_EXPORTS, Request, Response, Status, encode_exports, parse_exports};

fuzz_target!(|message: &[u8]| {
    if let Ok(ident) = Ident::parse(message) {
        assert_eq!(ident.encode(), message);
    }
    if let Ok(status) = Status::parse(message) {
        assert_eq!(status.encode(), message);
    }
    if let Ok(request) = Request::parse(message) {
        assert_eq!(request.encode(), message);
    }
    if let Ok(response) = Response::parse(message) {
        assert_eq!(response.encode(), message);
    }
    match parse_exports(message) {
        Ok(exports) => {
            assert!(exports.len() <= MAX_EXPORTS);
            assert_eq!(encode_exports(&exports), message);
        }
        Err(error) => assert!(!error.to_string().chars().any(char::is_control)),
    }
});
