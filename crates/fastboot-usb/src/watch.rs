//! What becomes of a device after the command `boot`.

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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::time::Instant;

    use crate::Interface;
    use fastboot::Transport;

    fn loader(address: u8) -> UsbDevice {
        UsbDevice {
            vid: 0x18d1,
            pid: 0xd00d,
            serial: Some("1a2b".to_owned()),
            bus: 1,
            ports: vec![4],
            address,
            fastboot: Some(Interface::default()),
            ..UsbDevice::default()
        }
    }

    fn gadget(address: u8) -> UsbDevice {
        UsbDevice {
            pid: 0x4e11,
            fastboot: None,
            ..loader(address)
        }
    }

    fn mouse() -> UsbDevice {
        UsbDevice {
            ports: vec![1],
            address: 2,
            ..UsbDevice::default()
        }
    }

    #[test]
    fn reports_that_the_device_left_and_came_back() {
        for (back, expected) in [
            (loader(6), Change::Returned(loader(6))),
            (gadget(6), Change::Appeared(gadget(6))),
        ] {
            let mut watch = Watch::new(&loader(5));
            assert_eq!(watch.update(&[mouse(), loader(5)]), None);
            assert_eq!(watch.update(&[mouse()]), Some(Change::Left));
            assert_eq!(watch.update(&[mouse()]), None);
            let devices = [mouse(), back];
            assert_eq!(watch.update(&devices), Some(expected));
            assert_eq!(watch.update(&devices), None);
        }
    }

    #[test]
    fn notices_a_device_that_was_away_between_two_lists() {
        let mut watch = Watch::new(&loader(5));
        assert_eq!(
            watch.update(&[loader(6)]),
            Some(Change::Returned(loader(6)))
        );
        assert_eq!(
            watch.update(&[gadget(7)]),
            Some(Change::Appeared(gadget(7)))
        );
    }

    #[test]
    fn recognizes_it_at_another_port_by_its_serial_number() {
        let moved = UsbDevice {
            bus: 2,
            ports: vec![9],
            ..gadget(3)
        };
        let mut watch = Watch::new(&loader(5));
        assert_eq!(watch.update(&[]), Some(Change::Left));
        let other = UsbDevice {
            serial: Some("3c4d".to_owned()),
            ..moved.clone()
        };
        assert_eq!(watch.update(&[other]), None);
        let change = watch.update(std::slice::from_ref(&moved));
        assert_eq!(change, Some(Change::Appeared(moved)));
    }

    #[test]
    fn devices_without_a_serial_number_are_the_same_only_at_the_same_port() {
        let first = UsbDevice {
            serial: None,
            ..loader(5)
        };
        let mut watch = Watch::new(&first);
        assert_eq!(watch.update(&[mouse()]), Some(Change::Left));
        let back = UsbDevice {
            serial: None,
            ..gadget(6)
        };
        assert_eq!(
            watch.update(&[mouse(), back.clone()]),
            Some(Change::Appeared(back))
        );
    }

    /// A bus whose time passes only in `sleep`.
    struct Lists(VecDeque<Vec<UsbDevice>>, Instant, Duration);

    impl Bus for Lists {
        fn devices(&mut self) -> Result<Vec<UsbDevice>, Error> {
            let is_last = self.0.len() == 1;
            let list = if is_last {
                self.0.front().cloned()
            } else {
                self.0.pop_front()
            };
            Ok(list.unwrap_or_default())
        }

        fn try_open(&mut self, _: &UsbDevice) -> Result<Box<dyn Transport>, Error> {
            Err(Error::Disconnected)
        }

        fn now(&self) -> Instant {
            self.1 + self.2
        }

        fn sleep(&mut self, duration: Duration) {
            self.2 += duration;
        }
    }

    #[test]
    fn waits_until_something_happens() {
        let (limit, interval) = (Duration::from_secs(10), Duration::from_secs(1));
        let lists = [vec![loader(5)], vec![loader(5)], vec![], vec![gadget(6)]];
        let mut bus = Lists(lists.into(), Instant::now(), Duration::ZERO);
        let mut watch = Watch::new(&loader(5));
        let mut wait = || watch.wait(&mut bus, limit, interval).unwrap();
        assert_eq!(wait(), Some(Change::Left));
        assert_eq!(wait(), Some(Change::Appeared(gadget(6))));
        assert_eq!(wait(), None);
        // Two intervals up to the change, and then the whole limit.
        assert_eq!(bus.2, Duration::from_secs(12));
    }
}
