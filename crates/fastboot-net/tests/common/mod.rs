//! Limits and images for tests over the network.

use std::time::Duration;

use fastboot::Limits;

/// Long: only a hang would reach them.
pub const LONG: Duration = Duration::from_secs(120);

/// Limits that only a hang would reach.
pub const LIMITS: Limits = Limits {
    getvar: LONG,
    reply: LONG,
    transfer: LONG,
    continuation: LONG,
};

/// Limits for a device that does not answer.
pub const SILENT: Limits = Limits {
    getvar: Duration::from_secs(1),
    reply: Duration::from_secs(1),
    transfer: LONG,
    continuation: Duration::from_secs(1),
};

/// An image of `size` bytes.
pub fn image(size: usize) -> Vec<u8> {
    (0..size).map(|number| (number % 251) as u8).collect()
}
