//! Requests from the driver.

use crate::layout::IoDescriptor;

/// The unit of descriptors, in bytes.
const SECTOR: u32 = 512;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The server fills the buffer.
    Read,
    /// The server stores the buffer.
    Write,
    /// The server makes stored data durable.
    Flush,
    /// The server may forget the data.
    Discard,
    /// Another `UBLK_IO_OP_*` of include/uapi/linux/ublk_cmd.h.
    Other(u8),
}

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Io {
    /// Names the request until it is completed: below the queue's depth.
    pub tag: u16,
    /// What it is for.
    pub operation: Operation,
    /// Where in the device, in bytes.
    pub offset: u64,
    /// How much, in bytes; for a read or write at most `max_io`.
    pub length: u32,
}

impl Io {
    /// The request that a descriptor of the driver describes.
    pub(crate) fn new(tag: u16, descriptor: &IoDescriptor) -> Self {
        let operation = match descriptor.operation_and_flags as u8 {
            0 => Operation::Read,
            1 => Operation::Write,
            2 => Operation::Flush,
            3 => Operation::Discard,
            other => Operation::Other(other),
        };
        let offset = descriptor.start_sector.saturating_mul(SECTOR.into());
        Self {
            tag,
            operation,
            offset,
            length: descriptor.sectors.saturating_mul(SECTOR),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describes_requests_in_bytes() {
        let descriptor = IoDescriptor {
            operation_and_flags: 0x100,
            sectors: 8,
            start_sector: 1 << 40,
            address: 0,
        };
        assert_eq!(
            Io::new(3, &descriptor),
            Io {
                tag: 3,
                operation: Operation::Read,
                offset: 1 << 49,
                length: 4096
            }
        );
        for (number, operation) in [
            (1, Operation::Write),
            (2, Operation::Flush),
            (3, Operation::Discard),
            (5, Operation::Other(5)),
        ] {
            let descriptor = IoDescriptor {
                operation_and_flags: number,
                ..Default::default()
            };
            assert_eq!(Io::new(0, &descriptor).operation, operation);
        }
    }
}
