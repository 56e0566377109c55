//! The server against devices in memory.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod answers;
mod model;
mod random;
mod sessions;

use model::{Outcome, Presence, Script, serve};
use smoo_wire::{ExportId, Operation, Request};
use usb_root_host::RootImage;

const SIZE: u64 = 4 << 20;

fn read(export: ExportId, id: u32, block: u64, blocks: u32) -> Request {
    Request {
        operation: Operation::Read,
        id,
        export,
        block,
        blocks,
    }
}

fn connected(messages: impl IntoIterator<Item = Request>) -> Script {
    let messages = messages
        .into_iter()
        .map(|request| Ok(request.encode().to_vec()));
    Script {
        messages: messages.collect(),
        ..Script::default()
    }
}

fn run(image: &RootImage, scripts: impl IntoIterator<Item = Script>) -> Outcome {
    let presences = scripts.into_iter().map(Presence::Connected);
    serve(image, presences.collect(), |_| false)
}

/// A device that works, to see that the server goes on.
fn working(image: &RootImage) -> Script {
    connected([read(image.export().id(), 1, 8, 8)])
}

/// Whether the last session served a read.
fn goes_on(outcome: &Outcome) -> bool {
    let last = outcome.records.last();
    last.is_some_and(|record| {
        record
            .responses
            .iter()
            .any(|(_, payload)| payload.is_some())
    })
}

/// A generator of pseudorandom numbers: xorshift.
fn generator(seed: u32) -> impl FnMut() -> u32 {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    }
}

#[test]
fn answers_any_device_correctly() {
    for seed in 0..300 {
        random::run(generator(seed));
    }
}
