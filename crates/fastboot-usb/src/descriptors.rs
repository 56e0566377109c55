//! Searches the descriptors of a device.

use nusb::descriptors::{ConfigurationDescriptor, InterfaceDescriptor, TransferType};
use nusb::transfer::Direction;

/// The length of the device descriptor, which comes before the configurations.
const DEVICE_DESCRIPTOR: usize = 18;

/// Returns what `parse` makes of the first alternate setting of the active `configuration` that it accepts. `descriptors` are all of
/// a device, as in its file `descriptors` in sysfs.
pub fn find_setting<T>(
    descriptors: &[u8],
    configuration: u8,
    parse: impl Fn(&InterfaceDescriptor) -> Option<T>,
) -> Option<T> {
    let mut rest = descriptors.get(DEVICE_DESCRIPTOR..)?;
    loop {
        let found = ConfigurationDescriptor::new(rest)?;
        if found.configuration_value() == configuration {
            return found
                .interface_alt_settings()
                .find_map(|setting| parse(&setting));
        }
        // At least its own length, so that this ends.
        rest = rest.get(found.as_bytes().len()..)?;
    }
}

/// Returns the address of the first such endpoint, and its maximum packet size in bytes.
pub fn find_endpoint(
    setting: &InterfaceDescriptor,
    kind: TransferType,
    direction: Direction,
) -> Option<(u8, usize)> {
    let found = setting
        .endpoints()
        .find(|endpoint| endpoint.transfer_type() == kind && endpoint.direction() == direction)?;
    let size = found.max_packet_size();
    // Those that USB allows for bulk endpoints, and that gadgets use for others; zero would divide by zero later.
    let is_valid = size.is_power_of_two() && (8..=1024).contains(&size);
    is_valid.then_some((found.address(), size))
}

#[cfg(test)]
pub mod test {
    //! Makes descriptors.

    use super::DEVICE_DESCRIPTOR;

    pub const BULK: u8 = 2;
    pub const INTERRUPT: u8 = 3;

    pub fn setting(
        number: u8,
        alternate: u8,
        class: [u8; 3],
        endpoints: &[(u8, u8, u16)],
    ) -> Vec<u8> {
        let [class, subclass, protocol] = class;
        let count = endpoints.len() as u8;
        let mut bytes = vec![9, 4, number, alternate, count, class, subclass, protocol, 0];
        for (address, kind, packet) in endpoints {
            let [low, high] = packet.to_le_bytes();
            bytes.extend([7, 5, *address, *kind, low, high, 0]);
        }
        bytes
    }

    pub fn configuration(value: u8, settings: &[Vec<u8>]) -> Vec<u8> {
        let settings = settings.concat();
        let [low, high] = (9 + settings.len() as u16).to_le_bytes();
        [vec![9, 2, low, high, 1, value, 0, 0x80, 250], settings].concat()
    }

    pub fn device(configurations: &[Vec<u8>]) -> Vec<u8> {
        [vec![0x12; DEVICE_DESCRIPTOR], configurations.concat()].concat()
    }
}
