//! Whatever the bytes are, reading them as SHA256SUMS ends; and a list that was read is written so
//! that it is read as the same list.
#![no_main]

use libfuzzer_sys::fuzz_target;
use fastboop_files::Sums;

fuzz_target!(|bytes: &[u8]| {
    match Sums::parse(bytes) {
        Ok(sums) => {
            let written = sums.to_bytes();
            assert_eq!(Sums::parse(&written), Ok(sums.clone()));
            assert!(sums.iter().is_sorted_by_key(|(name, _)| name));
            // No name may lead out of the directory, by the standard library's own reading of it.
            for (name, _) in sums.iter() {
                let path: &std::path::Path = name.as_ref();
                assert_eq!(path.file_name(), Some(path.as_os_str()));
                assert_eq!(path.components().count(), 1);
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
