//! Finds the interface through which stage0 gets its root.

use nusb::descriptors::{InterfaceDescriptor, TransferType};
use nusb::transfer::Direction;
use smoo_wire::interface::{FASTBOOT, SMOO};

use crate::descriptors::{find_endpoint, find_setting};

/// The interface through which a device gets its root file system over USB (`docs/usb-root.md`), in one alternate setting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RootInterface {
    /// The number of the interface.
    pub number: u8,
    /// The number of the alternate setting, mostly 0.
    pub alternate: u8,
    /// Whether it has smoo's class: then smoo's own program may be the device.
    pub is_smoo: bool,
    /// The address of the interrupt endpoint to the host.
    pub interrupt_in: u8,
    /// The address of the interrupt endpoint to the device.
    pub interrupt_out: u8,
    /// The address of the bulk endpoint to the host.
    pub bulk_in: u8,
    /// The address of the bulk endpoint to the device.
    pub bulk_out: u8,
    /// The maximum packet size of the interrupt endpoint to the host, in bytes.
    pub interrupt_packet: usize,
    /// The maximum packet size of the bulk endpoint to the host, in bytes.
    pub bulk_packet: usize,
}

impl RootInterface {
    /// Finds the interface in all descriptors of a device, as in its file `descriptors` in sysfs. Class and endpoints have to be in
    /// the same alternate setting of the active `configuration`.
    pub fn find(descriptors: &[u8], configuration: u8) -> Option<Self> {
        find_setting(descriptors, configuration, Self::new)
    }

    fn new(setting: &InterfaceDescriptor) -> Option<Self> {
        let class = (setting.class(), setting.subclass(), setting.protocol());
        if class != SMOO && class != FASTBOOT {
            return None;
        }
        let interrupt = |direction| find_endpoint(setting, TransferType::Interrupt, direction);
        let bulk = |direction| find_endpoint(setting, TransferType::Bulk, direction);
        let (interrupt_in, interrupt_packet) = interrupt(Direction::In)?;
        let (bulk_in, bulk_packet) = bulk(Direction::In)?;
        Some(RootInterface {
            number: setting.interface_number(),
            alternate: setting.alternate_setting(),
            is_smoo: class == SMOO,
            interrupt_in,
            interrupt_out: interrupt(Direction::Out)?.0,
            bulk_in,
            bulk_out: bulk(Direction::Out)?.0,
            interrupt_packet,
            bulk_packet,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptors::test::{BULK, INTERRUPT, configuration, device, setting};

    const ENDPOINTS: [(u8, u8, u16); 4] = [
        (0x81, INTERRUPT, 64),
        (0x01, INTERRUPT, 64),
        (0x82, BULK, 512),
        (0x02, BULK, 512),
    ];

    fn find(class: [u8; 3], endpoints: &[(u8, u8, u16)]) -> Option<RootInterface> {
        let bytes = device(&[configuration(1, &[setting(3, 0, class, endpoints)])]);
        RootInterface::find(&bytes, 1)
    }

    #[test]
    fn finds_both_classes() {
        for (class, is_smoo) in [([0xff, 0x42, 3], false), ([0xff, 0x53, 0x4d], true)] {
            let expected = RootInterface {
                number: 3,
                alternate: 0,
                is_smoo,
                interrupt_in: 0x81,
                interrupt_out: 1,
                bulk_in: 0x82,
                bulk_out: 2,
                interrupt_packet: 64,
                bulk_packet: 512,
            };
            assert_eq!(find(class, &ENDPOINTS), Some(expected));
        }
    }

    #[test]
    fn rejects_other_classes_and_boot_loaders() {
        assert_eq!(find([0xff, 0x42, 1], &ENDPOINTS), None);
        for missing in 0..ENDPOINTS.len() {
            let mut endpoints = ENDPOINTS.to_vec();
            endpoints.remove(missing);
            assert_eq!(find([0xff, 0x42, 3], &endpoints), None, "{missing}");
        }
    }
}
