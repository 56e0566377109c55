//! Finds the interface of fastboot in the descriptors of a device.

use nusb::descriptors::{InterfaceDescriptor, TransferType};
use nusb::transfer::Direction;

use crate::descriptors::{find_endpoint, find_setting};

/// The class, subclass and protocol of fastboot: `match_fastboot` in `fastboot/fastboot.cpp` of AOSP's `system/core`.
const FASTBOOT: (u8, u8, u8) = (0xff, 0x42, 0x03);

/// The interface of fastboot, in one alternate setting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// The number of the interface.
    pub number: u8,
    /// The number of the alternate setting, mostly 0.
    pub alternate: u8,
    /// The address of the bulk endpoint to the host.
    pub input: u8,
    /// The address of the bulk endpoint to the device.
    pub output: u8,
    /// The maximum packet size of the endpoint to the host, in bytes.
    pub input_packet: usize,
    /// The maximum packet size of the endpoint to the device, in bytes.
    pub output_packet: usize,
}

impl Interface {
    /// Finds the interface in all descriptors of a device, as in its file `descriptors` in sysfs.
    ///
    /// Class and endpoints have to be in the same alternate setting of the active `configuration`: a CDC-ACM interface beside
    /// it has bulk endpoints too.
    pub fn find(descriptors: &[u8], configuration: u8) -> Option<Self> {
        find_setting(descriptors, configuration, Self::new)
    }

    fn new(setting: &InterfaceDescriptor) -> Option<Self> {
        if (setting.class(), setting.subclass(), setting.protocol()) != FASTBOOT {
            return None;
        }
        // stage0's interface for its root has the same class, and these endpoints besides.
        let is_interrupt = |endpoint: nusb::descriptors::EndpointDescriptor| {
            endpoint.transfer_type() == TransferType::Interrupt
        };
        if setting.endpoints().any(is_interrupt) {
            return None;
        }
        let (input, input_packet) = find_endpoint(setting, TransferType::Bulk, Direction::In)?;
        let (output, output_packet) = find_endpoint(setting, TransferType::Bulk, Direction::Out)?;
        Some(Interface {
            number: setting.interface_number(),
            alternate: setting.alternate_setting(),
            input,
            output,
            input_packet,
            output_packet,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptors::test::{BULK, INTERRUPT, configuration, device, setting};

    const CLASS: [u8; 3] = [0xff, 0x42, 0x03];
    const ENDPOINTS: [(u8, u8, u16); 2] = [(0x81, BULK, 512), (0x02, BULK, 512)];

    #[test]
    fn finds_the_interface() {
        let bytes = device(&[configuration(1, &[setting(0, 0, CLASS, &ENDPOINTS)])]);
        let expected = Interface {
            number: 0,
            alternate: 0,
            input: 0x81,
            output: 2,
            input_packet: 512,
            output_packet: 512,
        };
        assert_eq!(Interface::find(&bytes, 1), Some(expected));
    }

    #[test]
    fn finds_it_beside_others_and_in_a_later_alternate_setting() {
        let acm = [0x02, 0x02, 0x01];
        let data = [0x0a, 0, 0];
        let settings = [
            setting(0, 0, acm, &[(0x83, INTERRUPT, 8)]),
            setting(1, 0, data, &[(0x84, BULK, 512), (0x04, BULK, 512)]),
            setting(2, 0, CLASS, &[]),
            setting(2, 1, CLASS, &[(0x86, BULK, 64), (5, BULK, 32)]),
        ];
        let first = configuration(1, &[setting(0, 0, data, &ENDPOINTS)]);
        let bytes = device(&[first, configuration(2, &settings)]);
        let found = Interface::find(&bytes, 2).unwrap();
        assert_eq!((found.number, found.alternate), (2, 1));
        assert_eq!((found.input, found.output), (0x86, 5));
        assert_eq!((found.input_packet, found.output_packet), (64, 32));
        // Only the active configuration counts.
        assert_eq!(Interface::find(&bytes, 1), None);
        assert_eq!(Interface::find(&bytes, 3), None);
    }

    #[test]
    fn rejects_class_and_endpoints_in_different_settings() {
        for settings in [
            [
                setting(0, 0, CLASS, &[]),
                setting(0, 1, [0xff, 0, 0], &ENDPOINTS),
            ],
            [
                setting(0, 0, [2, 2, 1], &ENDPOINTS),
                setting(1, 0, CLASS, &ENDPOINTS[..1]),
            ],
            [
                setting(0, 0, [0xff, 0x42, 1], &ENDPOINTS),
                setting(1, 0, [0xff, 0x41, 3], &ENDPOINTS),
            ],
        ] {
            let bytes = device(&[configuration(1, &settings)]);
            assert_eq!(Interface::find(&bytes, 1), None);
        }
    }

    #[test]
    fn an_interface_with_interrupt_endpoints_is_not_that_of_a_boot_loader() {
        let endpoints = [ENDPOINTS[0], ENDPOINTS[1], (0x83, INTERRUPT, 64)];
        let bytes = device(&[configuration(1, &[setting(0, 0, CLASS, &endpoints)])]);
        assert_eq!(Interface::find(&bytes, 1), None);
    }

    #[test]
    fn rejects_packet_sizes_that_usb_does_not_allow() {
        for size in [0, 4, 500, 2047] {
            let endpoints = [(0x81, BULK, size), (0x02, BULK, 512)];
            let bytes = device(&[configuration(1, &[setting(0, 0, CLASS, &endpoints)])]);
            assert_eq!(Interface::find(&bytes, 1), None, "{size}");
        }
    }

    #[test]
    fn survives_descriptors_that_are_cut_or_damaged() {
        let bytes = device(&[configuration(1, &[setting(0, 0, CLASS, &ENDPOINTS)])]);
        for length in 0..bytes.len() {
            assert_eq!(Interface::find(&bytes[..length], 1), None);
        }
        for position in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut damaged = bytes.clone();
                damaged[position] = value;
                let _ = Interface::find(&damaged, 1);
            }
        }
    }
}
