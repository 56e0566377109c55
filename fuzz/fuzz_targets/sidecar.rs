//! Whatever the bytes are, reading them as a sidecar ends; and the digest that was read is written
//! so that it is read as the same digest, also by the reader of SHA256SUMS.
#![no_main]

use libfuzzer_sys::fuzz_target;
use fastboop_files::Sums;
use stage0_artifact::{Target, sidecar};

fuzz_target!(|bytes: &[u8]| {
    match sidecar::parse(bytes) {
        Ok(digest) => {
            let written = sidecar::format(digest, Target::DEFAULT);
            assert_eq!(sidecar::parse(written.as_bytes()), Ok(digest));
            assert!(Sums::parse(written.as_bytes()).is_ok());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
