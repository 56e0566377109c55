//! Observes a device on USB.

use std::time::{Duration, Instant};

use anyhow::Context;
use boot_devices::{Bus, Device, UsbDevice};
use cli_main::WithExitCode;
use live_boot::{Change, Outcome, Watch};

use super::gadget::Gadget;
use crate::exit;
use crate::serve::Monitor;

/// Between two lists of the devices.
const INTERVAL: Duration = Duration::from_millis(100);
/// After which time without stage0 to warn.
const LATE: Duration = Duration::from_secs(60);

/// A device that got the image.
pub struct UsbWatch<'b> {
    bus: &'b mut dyn Bus,
    /// What becomes of its boot loader; `None` if that is in a network.
    loader: Option<boot_devices::Watch>,
    /// How to recognize its stage0; `None` if its root is not on USB.
    gadget: Option<Gadget>,
}

impl<'b> UsbWatch<'b> {
    pub fn new(
        bus: &'b mut dyn Bus,
        loader: Option<boot_devices::Watch>,
        gadget: Option<Gadget>,
    ) -> Self {
        UsbWatch {
            bus,
            loader,
            gadget,
        }
    }

    /// Waits for stage0, for ever, unless the boot loader comes back.
    pub fn wait_for_stage0(
        &mut self,
        sent_at: Instant,
        monitor: &Monitor,
    ) -> anyhow::Result<Device> {
        let gadget = self.gadget.clone().context("no root over USB")?;
        monitor.waiting();
        let mut is_late = false;
        loop {
            let devices = self.bus.devices().with_exit_code(exit::DEVICE)?;
            if let Some(found) = gadget.find(&devices).with_exit_code(exit::DEVICE)? {
                return found.to_device(&mut *self.bus).with_exit_code(exit::DEVICE);
            }
            if self.update(&devices) == Some(Change::Returned) {
                exit::check(Outcome::Returned)?;
            }
            if sent_at.elapsed() >= LATE && !is_late {
                is_late = true;
                monitor.warn(
                    "stage0 is not on USB after 60 seconds; look at the screen of the device or at a serial console, \
                     check the cable, and see docs/boot.md, \"When it does not boot\"",
                );
            }
            self.bus.sleep(INTERVAL);
        }
    }

    fn update(&mut self, devices: &[UsbDevice]) -> Option<Change> {
        let change = self.loader.as_mut()?.update(devices)?;
        Some(match change {
            boot_devices::Change::Left => Change::Left,
            boot_devices::Change::Returned(_) => Change::Returned,
            boot_devices::Change::Appeared(_) => Change::Appeared,
        })
    }
}

impl Watch for UsbWatch<'_> {
    fn wait(&mut self, limit: Duration) -> Option<Change> {
        let deadline = self.bus.now() + limit;
        loop {
            // Where devices cannot be listed any more, nothing is seen.
            let devices = self.bus.devices().ok()?;
            let gadget = self.gadget.as_ref();
            if gadget.is_some_and(|gadget| !matches!(gadget.find(&devices), Ok(None))) {
                return Some(Change::Appeared);
            }
            let change = self.update(&devices);
            let left = deadline.saturating_duration_since(self.bus.now());
            if change.is_some() || left.is_zero() {
                return change;
            }
            self.bus.sleep(INTERVAL.min(left));
        }
    }
}
