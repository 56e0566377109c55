//! Recognizing a kernel, reading its release, and parsing boot entries and deviceinfo terminate for any bytes.
#![no_main]

use std::io::{Read, copy, sink};

use boot_files::{BootEntry, DeviceInfo, Kernel, version};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(kernel) = Kernel::open(bytes) {
        let _ = kernel.release();
        if let Ok(image) = kernel.image() {
            let _ = copy(&mut image.take(4 << 20), &mut sink());
        }
    }
    let text = String::from_utf8_lossy(bytes);
    let entry = BootEntry::parse("id+3-1.conf", &text);
    assert!(entry.compare(&entry).is_eq());
    let _ = DeviceInfo::parse(&text);
    if let Some((one, other)) = text.split_once('\n') {
        assert_eq!(
            version::compare(one, other),
            version::compare(other, one).reverse()
        );
    }
});
