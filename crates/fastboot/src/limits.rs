//! Limits of time, number and size.

use std::time::Duration;

/// The longest reply, in bytes. Devices send 64 or 256.
pub const MAX_REPLY: usize = 4096;

/// The number of INFO and TEXT replies to one command. LK sends all of its variables for some names.
pub const MAX_INFO_LINES: usize = 1000;

/// The number of bytes in all INFO and TEXT replies to one command.
pub const MAX_INFO_BYTES: usize = 256 * 1024;

/// How long to wait for a device.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For the reply to `getvar`. After this time, the variable counts as missing.
    pub getvar: Duration,
    /// For the reply to `download` and to `boot`, and that after the last byte. Each INFO or TEXT reply starts it again.
    pub reply: Duration,
    /// For the transfer of a command, or of 1 MiB of data.
    pub transfer: Duration,
    /// For the rest of a reply of which a packet is full.
    pub continuation: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            getvar: Duration::from_secs(3),
            reply: Duration::from_secs(30),
            transfer: Duration::from_secs(60),
            continuation: Duration::from_millis(200),
        }
    }
}
