//! Control requests without meaning.

use std::time::Duration;

use nusb::MaybeFuture;
use nusb::transfer::{ControlOut, ControlType, Recipient};
use smoo_wire::control::CONFIG_EXPORTS;

use super::Setup;
use super::junk::Junk;

const LIMIT: Duration = Duration::from_secs(5);

/// Lengths of lists of exports: none, only a header, one export, the most, and ones that cannot be right.
const LENGTHS: [usize; 7] = [0, 1, 8, 31, 32, 776, 4096];

/// Sends lists of exports that are all zero or random, and requests that do not exist.
pub fn send_garbage(setup: &mut Setup, number: usize) -> anyhow::Result<()> {
    setup.host.kill()?;
    let mut junk = Junk::claim(number as u64)?;
    for length in LENGTHS {
        let random = junk.bytes(length);
        for data in [&vec![0; length], &random] {
            let _ = send(&junk, CONFIG_EXPORTS.1, data);
        }
    }
    for _ in 0..20 {
        let (request, length) = (junk.below(256), junk.below(64));
        let data = junk.bytes(length);
        let _ = send(&junk, request as u8, &data);
    }
    drop(junk);
    setup.start_host()
}

/// A vendor request to the interface. The device stalls, or ignores, what it does not know.
fn send(junk: &Junk, request: u8, data: &[u8]) -> Result<(), nusb::transfer::TransferError> {
    let transfer = ControlOut {
        control_type: ControlType::Vendor,
        recipient: Recipient::Interface,
        request,
        value: 0,
        index: junk.number.into(),
        data,
    };
    junk.interface.control_out(transfer, LIMIT).wait()
}
