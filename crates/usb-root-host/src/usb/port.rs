//! Finds a device on USB and opens it.

use std::time::{Duration, Instant};

use fastboot_usb::{Bus, UsbDevice};

use super::UsbLink;
use crate::{Error, Found, Port};

/// One device on USB, wherever `is_wanted` recognizes it.
pub struct UsbPort<'a> {
    name: String,
    bus: &'a mut dyn Bus,
    is_wanted: Box<dyn Fn(&UsbDevice) -> bool + 'a>,
}

impl<'a> UsbPort<'a> {
    /// The device for which `is_wanted` holds. `name` is its address, for messages.
    pub fn new(
        name: String,
        bus: &'a mut dyn Bus,
        is_wanted: impl Fn(&UsbDevice) -> bool + 'a,
    ) -> Self {
        UsbPort {
            name,
            bus,
            is_wanted: Box::new(is_wanted),
        }
    }
}

impl Port for UsbPort<'_> {
    type Link = UsbLink;

    fn name(&self) -> &str {
        &self.name
    }

    fn connect(&mut self) -> Result<Found<UsbLink>, Error> {
        let devices = self.bus.devices().map_err(Error::List)?;
        let found: Vec<_> = devices
            .iter()
            .filter(|device| (self.is_wanted)(device))
            .collect();
        let Some(device) = found.iter().find(|device| device.root.is_some()) else {
            let is_loader = found.iter().any(|device| device.is_fastboot());
            return Ok(if is_loader {
                Found::Loader
            } else {
                Found::Absent
            });
        };
        Ok(match UsbLink::open(device) {
            Ok(link) => Found::Device(link),
            // It left after it was listed.
            Err(fastboot_usb::Error::Disconnected) => Found::Absent,
            Err(error) => Found::Unusable(error.to_string()),
        })
    }

    fn now(&self) -> Instant {
        self.bus.now()
    }

    fn sleep(&mut self, duration: Duration) {
        self.bus.sleep(duration);
    }
}
