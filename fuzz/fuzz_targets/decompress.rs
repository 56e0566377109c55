//! Decompressing any bytes terminates, within the limit of memory.
#![no_main]

use std::io::{Read, copy, sink};

use decompress::{Format, Limits, reader};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits {
    xz: 8 << 20,
    zstd_window: 4 << 20,
};

fuzz_target!(|bytes: &[u8]| {
    let Some(format) = Format::detect(bytes) else {
        return;
    };
    if let Ok(reader) = reader(format, bytes, LIMITS) {
        let _ = copy(&mut reader.take(4 << 20), &mut sink());
    }
});
