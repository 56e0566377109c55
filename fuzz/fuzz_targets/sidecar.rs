//! Parsing any bytes as a sidecar terminates, and a parsed digest survives a round trip; the parser of
//! SHA256SUMS accepts a written sidecar too.
#![no_main]

use fastboop_files::Sums;
use libfuzzer_sys::fuzz_target;
use stage0_artifact::{Target, sidecar};

fuzz_target!(|bytes: &[u8]| {
    match sidecar::parse(bytes, Target::DEFAULT) {
        Ok(digest) => {
            let written = sidecar::format(digest, Target::DEFAULT);
            assert_eq!(
                sidecar::parse(written.as_bytes(), Target::DEFAULT),
                Ok(digest)
            );
            assert!(Sums::parse(written.as_bytes()).is_ok());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
