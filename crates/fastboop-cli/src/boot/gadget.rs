//! Recognizes the stage0 of the device that got the image.

use boot_devices::{Address, Bus, Device, Error, UsbAddress, UsbDevice, find_waiting};

/// Which stage0 on USB is that of the device.
#[derive(Clone, Debug)]
pub struct Gadget {
    /// The serial number that stage0 has on USB.
    serial: Option<String>,
    /// Bus and ports of the boot loader.
    port: Option<(u8, Vec<u8>)>,
    /// Bus and address of those that were there before: other devices.
    others: Vec<(u8, u8)>,
}

/// Where stage0 was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found(UsbAddress);

impl Gadget {
    /// The stage0 with this serial number, if it gets one, of the device with this boot loader, if that is on USB.
    pub fn new(serial: Option<String>, loader: Option<&UsbDevice>, bus: &mut dyn Bus) -> Self {
        let devices = bus.devices().unwrap_or_default();
        let waiting = devices.iter().filter(|device| device.root.is_some());
        Gadget {
            serial,
            port: loader.map(|loader| (loader.bus, loader.ports.clone())),
            others: waiting.map(|device| (device.bus, device.address)).collect(),
        }
    }

    /// Finds it: by its serial number, else by the port, else the only new one.
    ///
    /// # Errors
    /// [`Error::Several`].
    pub fn find(&self, devices: &[UsbDevice]) -> Result<Option<Found>, Error> {
        let is_new = |device: &&UsbDevice| {
            device.root.is_some() && !self.others.contains(&(device.bus, device.address))
        };
        let new: Vec<_> = devices.iter().filter(is_new).collect();
        let has_serial =
            |device: &&&UsbDevice| self.serial.is_some() && device.serial == self.serial;
        let is_port = |device: &&&UsbDevice| {
            let port = (device.bus, device.ports.clone());
            self.port.as_ref() == Some(&port)
        };
        let certain = new.iter().find(has_serial).or(new.iter().find(is_port));
        let address = |device: &UsbDevice| UsbAddress::Path {
            bus: device.bus,
            ports: device.ports.clone(),
        };
        match (certain, new.as_slice()) {
            (Some(device), _) => Ok(Some(Found(address(device)))),
            (None, []) => Ok(None),
            // Those of other devices.
            (None, _) if self.serial.is_some() => Ok(None),
            (None, [device]) => Ok(Some(Found(address(device)))),
            (None, several) => {
                let addresses = several.iter().map(|device| Address::of(device, devices));
                Err(Error::Several(addresses.collect()))
            }
        }
    }
}

impl Found {
    /// Returns the device.
    ///
    /// # Errors
    /// Those of [`find_waiting`].
    pub fn to_device(&self, bus: &mut dyn Bus) -> Result<Device, Error> {
        find_waiting(Some(&self.0), None, bus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastboot_usb::RootInterface;

    fn stage0(serial: &str, port: u8) -> UsbDevice {
        UsbDevice {
            serial: Some(serial.to_owned()),
            bus: 1,
            ports: vec![port],
            address: port + 100,
            root: Some(RootInterface::default()),
            ..UsbDevice::default()
        }
    }

    fn gadget(serial: Option<&str>, port: Option<u8>) -> Gadget {
        Gadget {
            serial: serial.map(str::to_owned),
            port: port.map(|port| (1, vec![port])),
            others: vec![(1, 109)],
        }
    }

    fn port(found: Option<Found>) -> Option<u8> {
        match found?.0 {
            UsbAddress::Path { ports, .. } => ports.first().copied(),
            UsbAddress::Serial(_) => None,
        }
    }

    #[test]
    fn finds_the_serial_number_before_the_port_and_ignores_others() {
        let devices = [stage0("a", 1), stage0("b", 2), stage0("", 9)];
        for (serial, at, expected) in [
            (Some("b"), Some(1), Some(2)),
            (Some("c"), Some(1), Some(1)),
            (Some("c"), Some(3), None),
            (Some("c"), None, None),
            (None, Some(2), Some(2)),
            (None, Some(9), None),
        ] {
            let found = gadget(serial, at).find(&devices);
            let found = found.unwrap_or_default();
            assert_eq!(port(found), expected, "{serial:?} {at:?}");
        }
    }

    #[test]
    fn without_serial_number_and_port_only_one_may_be_new() {
        let gadget = gadget(None, None);
        assert_eq!(gadget.find(&[stage0("", 9)]).unwrap(), None);
        let found = gadget.find(&[stage0("", 9), stage0("", 2)]).unwrap();
        assert_eq!(port(found), Some(2));
        let error = gadget.find(&[stage0("a", 1), stage0("b", 2)]).unwrap_err();
        assert!(error.to_string().contains("usb:a, usb:b"), "{error}");
    }
}
