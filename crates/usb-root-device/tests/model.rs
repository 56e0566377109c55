//! The state machine in the model.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use usb_root_device::model::{Fault, run};

/// Numbers that look random, by xorshift (Marsaglia, 2003).
fn steps(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let step = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(step).take(count).collect()
}

#[test]
fn no_interleaving_completes_a_read_wrongly() {
    for seed in 0..5_000 {
        let steps = steps(seed, 300);
        if let Err(error) = run(&steps, Fault::None) {
            panic!("seed {seed}: {error}");
        }
    }
}

#[test]
fn completes_reads_after_very_many_hosts() {
    let reads = [0x10, 0x20, 0x30, 0x40];
    let hosts = [0xfe; 1500];
    run(&[&reads[..], &hosts].concat(), Fault::None).unwrap();
}

#[test]
fn notices_each_broken_rule() {
    for fault in [Fault::NoBarrier, Fault::NoDrain, Fault::ShortPayload] {
        let error = (0..50_000).find_map(|seed| run(&steps(seed, 300), fault).err());
        let error = error.unwrap_or_else(|| panic!("{fault:?} has no effect"));
        assert!(error.contains("expected"), "{fault:?}: {error}");
    }
}
