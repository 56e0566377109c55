//! The serial port of the setting `usb_console`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;

use anyhow::Context;
use nix::fcntl::OFlag;

use crate::link::Link;
use crate::wait::{LONG, wait_for};

const ON_THE_DEVICE: &str = "/dev/ttyGS0";
const ON_THE_HOST: &str = "/dev/ttyACM0";
const TEXT: &str = "a-line-for-the-host";

/// Requires that the host receives a line that the device writes.
pub fn check(root: &mut Link) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    options.read(true).write(true).custom_flags(flags.bits());
    let mut port = wait_for(ON_THE_HOST, LONG, || Ok(options.open(ON_THE_HOST).ok()))?;
    root.order(&format!("write {TEXT}"), LONG)?;
    let mut received = Vec::new();
    wait_for("the line of the device", LONG, || {
        let mut bytes = [0; 256];
        match port.read(&mut bytes) {
            Ok(count) => received.extend_from_slice(&bytes[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error).context(ON_THE_HOST),
        }
        let text = String::from_utf8_lossy(&received);
        Ok(text.contains(TEXT).then_some(()))
    })
}

/// Writes a line on the device.
pub fn write(text: &str) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).custom_flags(OFlag::O_NOCTTY.bits());
    let mut port = options.open(ON_THE_DEVICE).context(ON_THE_DEVICE)?;
    writeln!(port, "{text}").context(ON_THE_DEVICE)
}
