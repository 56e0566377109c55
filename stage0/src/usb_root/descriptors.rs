//! What FunctionFS expects on its endpoint 0: `include/uapi/linux/usb/functionfs.h`. All numbers are little-endian.

use smoo_wire::interface;
use stage0_settings::UsbInterface;

const DESCRIPTORS_MAGIC: u32 = 3;
const STRINGS_MAGIC: u32 = 2;
/// Descriptors for full, high and super speed follow.
const FLAGS: u32 = 1 | 2 | 4;

/// `bmAttributes` of an endpoint descriptor: USB 2.0, table 9-13.
const BULK: u8 = 2;
const INTERRUPT: u8 = 3;
/// The endpoints in the order of FunctionFS' files `ep1` to `ep4`: address and type.
const ENDPOINTS: [(u8, u8); 4] = [
    (0x81, INTERRUPT),
    (0x02, INTERRUPT),
    (0x83, BULK),
    (0x04, BULK),
];
/// In bytes, at each speed: more than a message has, and what full speed allows.
const INTERRUPT_PACKET: u16 = 64;
/// A (micro)frame.
const INTERVAL: u8 = 1;

/// The descriptors for each speed.
pub fn descriptors(class: UsbInterface) -> Vec<u8> {
    let class = match class {
        UsbInterface::Fastboot => interface::FASTBOOT,
        UsbInterface::Smoo => interface::SMOO,
    };
    let count = 1 + ENDPOINTS.len() as u32;
    let count_with_companions = count + ENDPOINTS.len() as u32;
    let body = [
        FLAGS.to_le_bytes().to_vec(),
        count.to_le_bytes().to_vec(),
        count.to_le_bytes().to_vec(),
        count_with_companions.to_le_bytes().to_vec(),
        speed(class, 64, false),
        speed(class, 512, false),
        speed(class, 1024, true),
    ];
    with_header(DESCRIPTORS_MAGIC, &body.concat())
}

/// The interface and its endpoints; `bulk_packet` is the maximum packet size in bytes that the speed requires.
fn speed((class, subclass, protocol): (u8, u8, u8), bulk_packet: u16, is_super: bool) -> Vec<u8> {
    let count = ENDPOINTS.len() as u8;
    let mut bytes = vec![9, 4, 0, 0, count, class, subclass, protocol, 1];
    for (address, kind) in ENDPOINTS {
        let (packet, interval) = match kind {
            INTERRUPT => (INTERRUPT_PACKET, INTERVAL),
            _ => (bulk_packet, 0),
        };
        let [low, high] = packet.to_le_bytes();
        bytes.extend([7, 5, address, kind, low, high, interval]);
        if is_super {
            // The companion: no bursts; the bytes of an interval, for interrupt endpoints.
            let [low, high] = match kind {
                INTERRUPT => [low, high],
                _ => [0, 0],
            };
            bytes.extend([6, 0x30, 0, 0, low, high]);
        }
    }
    bytes
}

/// The name of the interface, in English.
pub fn strings() -> Vec<u8> {
    let body = [
        &1_u32.to_le_bytes()[..],
        &1_u32.to_le_bytes(),
        &0x409_u16.to_le_bytes(),
        b"fastboop root\0",
    ];
    with_header(STRINGS_MAGIC, &body.concat())
}

fn with_header(magic: u32, body: &[u8]) -> Vec<u8> {
    let length = (8 + body.len()) as u32;
    [&magic.to_le_bytes()[..], &length.to_le_bytes(), body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_counts_match() {
        for class in [UsbInterface::Fastboot, UsbInterface::Smoo] {
            let bytes = descriptors(class);
            let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
            assert_eq!(number(4) as usize, bytes.len());
            let mut count = 0;
            let mut at = 24;
            while at < bytes.len() {
                at += usize::from(bytes[at]);
                count += 1;
            }
            assert_eq!(
                (at, count),
                (bytes.len(), number(12) + number(16) + number(20))
            );
        }
        let text = strings();
        assert_eq!(usize::from(text[4]), text.len());
    }
}
