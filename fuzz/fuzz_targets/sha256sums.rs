//! Parsing any bytes as SHA256SUMS terminates, and a parsed list survives a round trip.
#![no_main]

use fastboop_files::Sums;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match Sums::parse(bytes) {
        Ok(sums) => {
            let written = sums.to_bytes();
            assert_eq!(Sums::parse(&written), Ok(sums.clone()));
            assert!(sums.iter().is_sorted_by_key(|(name, _)| name));
            // No name may lead out of the directory, according to the standard library's `Path`.
            for (name, _) in sums.iter() {
                let path: &std::path::Path = name.as_ref();
                assert_eq!(path.file_name(), Some(path.as_os_str()));
                assert_eq!(path.components().count(), 1);
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
