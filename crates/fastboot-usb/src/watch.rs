//! What becomes of a device after it was told to boot.

use std::time::Duration;

use crate::{Bus, Error, UsbDevice};

/// What happened to a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It left USB, as it does when a kernel starts.
    Left,
    /// It came back in fastboot mode: the boot loader could not start the kernel, or the kernel restarted the device.
    Returned(UsbDevice),
    /// It came back as something else, such as the gadget of a system that booted.
    Appeared(UsbDevice),
}

/// Watches one device. It is recognized by its port, or by its serial number at another port: speeds differ before and after a
/// boot, and a port of USB 3 then has another name.
#[derive(Clone, Debug)]
pub struct Watch {
    first: UsbDevice,
    /// What was there in the last list.
    last: Option<UsbDevice>,
}

impl Watch {
    /// Watches a device that is connected now.
    pub fn new(device: &UsbDevice) -> Self {
        Watch {
            first: device.clone(),
            last: Some(device.clone()),
        }
    }

    /// Compares a list of all devices with the last one. `None` if nothing happened.
    ///
    /// A device that left and came back between two lists has a new address, so that it is noticed.
    pub fn update(&mut self, devices: &[UsbDevice]) -> Option<Change> {
        let found = self.find(devices);
        let is_same = |a: &UsbDevice, b: &UsbDevice| {
            (a.bus, a.address, a.is_fastboot()) == (b.bus, b.address, b.is_fastboot())
        };
        let change = match (&self.last, found) {
            (Some(last), Some(found)) if is_same(last, found) => None,
            (None, None) => None,
            (Some(_), None) => Some(Change::Left),
            (_, Some(found)) if found.is_fastboot() => Some(Change::Returned(found.clone())),
            (_, Some(found)) => Some(Change::Appeared(found.clone())),
        };
        self.last = found.cloned();
        change
    }

    /// Lists the devices every `interval` until something happens. `None` if that takes longer than `limit`.
    ///
    /// # Errors
    /// The devices cannot be listed.
    pub fn wait(
        &mut self,
        bus: &mut dyn Bus,
        limit: Duration,
        interval: Duration,
    ) -> Result<Option<Change>, Error> {
        let deadline = bus.now() + limit;
        loop {
            let change = self.update(&bus.devices()?);
            let left = deadline.saturating_duration_since(bus.now());
            if change.is_some() || left.is_zero() {
                return Ok(change);
            }
            bus.sleep(interval.min(left));
        }
    }

    fn find<'a>(&self, devices: &'a [UsbDevice]) -> Option<&'a UsbDevice> {
        let first = &self.first;
        let is_port =
            |device: &&UsbDevice| (device.bus, &device.ports) == (first.bus, &first.ports);
        let is_serial =
            |device: &&UsbDevice| first.serial.is_some() && device.serial == first.serial;
        devices
            .iter()
            .find(is_port)
            .or_else(|| devices.iter().find(is_serial))
    }
}
