//! Opens a device, and waits for one that is busy.

use std::time::Duration;

use fastboot::Transport;

use crate::{Bus, Error, UsbDevice};

/// How long to wait for a device that cannot be opened yet.
#[derive(Clone, Copy, Debug)]
pub struct OpenLimits {
    /// For another program that uses the device: fwupd looks at each device that connects.
    pub busy: Duration,
    /// For udev, which gives access to a device some time after it connected. Zero for one that was there before.
    pub permission: Duration,
    /// Between two attempts.
    pub interval: Duration,
}

impl Default for OpenLimits {
    fn default() -> Self {
        OpenLimits {
            busy: Duration::from_secs(3),
            permission: Duration::ZERO,
            interval: Duration::from_millis(200),
        }
    }
}

/// Opens a device in fastboot mode.
///
/// # Errors
/// All but [`Error::List`]. `Busy` names the processes that use the device.
pub fn open(
    bus: &mut dyn Bus,
    device: &UsbDevice,
    limits: &OpenLimits,
) -> Result<Box<dyn Transport>, Error> {
    let start = bus.now();
    loop {
        let error = match bus.try_open(device) {
            Ok(transport) => return Ok(transport),
            Err(error) => error,
        };
        let limit = match error {
            Error::Busy(_) => limits.busy,
            Error::Permission { .. } => limits.permission,
            _ => return Err(error),
        };
        if bus.now().saturating_duration_since(start) >= limit {
            return Err(error);
        }
        bus.sleep(limits.interval);
    }
}
