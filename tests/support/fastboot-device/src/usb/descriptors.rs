//! What FunctionFS expects on its endpoint 0: `include/uapi/linux/usb/functionfs.h`. All numbers are little-endian.

const DESCRIPTORS_MAGIC: u32 = 3;
const STRINGS_MAGIC: u32 = 2;

/// Descriptors for full, high and super speed follow.
const FLAGS: u32 = 1 | 2 | 4;

const INPUT: u8 = 0x81;
const OUTPUT: u8 = 0x02;

/// The interface, and its two bulk endpoints with this maximum packet size in bytes.
fn interface(packet: u16, has_companions: bool) -> Vec<u8> {
    let mut bytes = vec![9, 4, 0, 0, 2, 0xff, 0x42, 0x03, 1];
    for address in [INPUT, OUTPUT] {
        let [low, high] = packet.to_le_bytes();
        bytes.extend([7, 5, address, 2, low, high, 0]);
        if has_companions {
            bytes.extend([6, 0x30, 0, 0, 0, 0]);
        }
    }
    bytes
}

/// The descriptors for each speed.
pub fn descriptors() -> Vec<u8> {
    let (count, count_with_companions) = (3_u32, 5_u32);
    let body = [
        count.to_le_bytes().to_vec(),
        count.to_le_bytes().to_vec(),
        count_with_companions.to_le_bytes().to_vec(),
        interface(64, false),
        interface(512, false),
        interface(1024, true),
    ];
    with_header(
        DESCRIPTORS_MAGIC,
        &[FLAGS.to_le_bytes().to_vec(), body.concat()].concat(),
    )
}

/// The name of the interface, in English.
pub fn strings() -> Vec<u8> {
    let body = [
        &1_u32.to_le_bytes()[..],
        &1_u32.to_le_bytes(),
        &0x409_u16.to_le_bytes(),
        b"fastboot\0",
    ];
    with_header(STRINGS_MAGIC, &body.concat())
}

fn with_header(magic: u32, body: &[u8]) -> Vec<u8> {
    let length = (8 + body.len()) as u32;
    [&magic.to_le_bytes()[..], &length.to_le_bytes(), body].concat()
}
