//! Reading blocks of any compressed stream with an index terminates, and gives the same bytes in any order.
#![no_main]

use decompress::{Blocks, Format, Limits};
use libfuzzer_sys::fuzz_target;
use read_at::ReadAt;

const LIMITS: Limits = Limits {
    xz: 8 << 20,
    zstd_window: 4 << 20,
};
/// The number of bytes that are read at most.
const MAX_SIZE: u64 = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    let Some(format) = Format::detect(bytes) else {
        return;
    };
    let Some(blocks) = Blocks::open(format, bytes, LIMITS) else {
        return;
    };
    let mut whole = vec![0; blocks.size().min(MAX_SIZE) as usize];
    let is_readable = blocks.read_exact_at(&mut whole, 0).is_ok();
    for (number, expected) in whole.chunks(5000).enumerate().rev() {
        let mut piece = vec![0; expected.len()];
        let read = blocks.read_exact_at(&mut piece, number as u64 * 5000);
        assert!(!is_readable || read.is_ok() && piece == expected);
    }
    assert!(blocks.read_exact_at(&mut [0], blocks.size()).is_err());
});
