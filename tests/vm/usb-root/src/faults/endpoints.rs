//! Garbage on the endpoints.

use super::Setup;
use super::junk::{Junk, send};

/// The longest transfer to the bulk endpoint, in bytes.
const LONGEST: u64 = 65536;

/// The size of a message on the interrupt endpoint, in bytes.
const MESSAGE: usize = 28;

/// Sends random transfers, once within the session of the killed host and then in one of its own.
pub fn send_garbage(setup: &mut Setup, number: usize) -> anyhow::Result<()> {
    setup.host.kill()?;
    let mut junk = Junk::claim(number as u64)?;
    if number != 0 {
        let _ = nusb::MaybeFuture::wait(junk.interface.set_alt_setting(0));
    }
    let (mut interrupt, mut bulk) = (junk.interrupt()?, junk.bulk()?);
    for round in 0..20 {
        let length = match round % 3 {
            0 => MESSAGE,
            1 => junk.below(64),
            _ => junk.below(1024),
        };
        let mut message = junk.bytes(length);
        if round % 2 == 0 {
            // A response to a read, whose identifiers are random.
            message.iter_mut().take(4).for_each(|byte| *byte = 0);
        }
        send(&mut interrupt, message);
        let length = junk.below(LONGEST);
        send(&mut bulk, junk.bytes(length));
    }
    drop((interrupt, bulk, junk));
    setup.start_host()
}
