//! A device on USB.

use std::fmt::Write;
use std::path::PathBuf;

use crate::{Interface, RootInterface, Speed};

/// A device on USB, as the kernel describes it. Its texts come from the device: escape them before they are printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsbDevice {
    /// The vendor ID.
    pub vid: u16,
    /// The product ID.
    pub pid: u16,
    /// The serial number. Devices may lack one, or share it.
    pub serial: Option<String>,
    /// The manufacturer.
    pub manufacturer: Option<String>,
    /// The name of the product, such as `Android`.
    pub product: Option<String>,
    /// The number of the bus.
    pub bus: u8,
    /// The ports from the root hub to the device.
    pub ports: Vec<u8>,
    /// The address on the bus, a new one whenever the device connects.
    pub address: u8,
    /// The speed of the connection, if the kernel reports it.
    pub speed: Option<Speed>,
    /// The interface of fastboot, if the device is in fastboot mode.
    pub fastboot: Option<Interface>,
    /// The interface for its root, if the device booted stage0 and gets its root over USB.
    pub root: Option<RootInterface>,
}

impl UsbDevice {
    /// Whether the device is in fastboot mode.
    pub fn is_fastboot(&self) -> bool {
        self.fastboot.is_some()
    }

    /// Where the device is connected, as the kernel names it, such as `1-4.2`: bus and ports.
    pub fn path(&self) -> String {
        let mut path = format!("{}-", self.bus);
        for (index, port) in self.ports.iter().enumerate() {
            let separator = if index == 0 { "" } else { "." };
            // A `String` accepts every write.
            let _ = write!(path, "{separator}{port}");
        }
        path
    }

    /// The device node, such as `/dev/bus/usb/001/004`.
    pub fn node(&self) -> PathBuf {
        format!("/dev/bus/usb/{:03}/{:03}", self.bus, self.address).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_path_and_node_as_the_kernel_does() {
        let mut device = UsbDevice {
            bus: 1,
            ports: vec![4],
            address: 12,
            ..UsbDevice::default()
        };
        assert_eq!(device.path(), "1-4");
        assert_eq!(device.node(), PathBuf::from("/dev/bus/usb/001/012"));
        device.ports = vec![4, 2, 10];
        assert_eq!(device.path(), "1-4.2.10");
    }
}
