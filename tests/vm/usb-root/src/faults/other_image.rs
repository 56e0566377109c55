//! Another image than the one that the device runs from.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::Setup;
use crate::host_side::IMAGE;
use crate::kmsg::Follower;
use crate::wait::LONG;

/// What the device logs.
const REFUSED: &[&str] = &["another image", "other image", "refused"];

/// Serves a copy with another byte at the end, and one that is longer, until the device refuses it.
pub fn serve(setup: &mut Setup, number: usize) -> anyhow::Result<()> {
    let path = Path::new("/tmp/other");
    let mut other = File::create(path)?;
    // Not fs::copy, which rejects devices.
    let size = io::copy(&mut File::open(IMAGE)?, &mut other)?;
    match number {
        0 => other.write_all_at(b"other", size - 512)?,
        _ => other.set_len(size + (1 << 20))?,
    }
    let mut log = Follower::new()?;
    setup.host.kill()?;
    setup.host.start(path)?;
    log.wait_for(REFUSED, LONG)?;
    setup.host.wait_for_failure()?;
    fs::remove_file(path)?;
    setup.start_host()
}
