//! What a device is like.

use crate::Error;
use crate::layout::{self, BasicParameters};

/// What a device is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// In bytes, a multiple of `block_size`.
    pub size: u64,
    /// The logical block size in bytes: a power of two from 512 to 4096.
    pub block_size: u32,
    /// How many requests can be outstanding: 1 to 4096.
    pub queue_depth: u16,
    /// The size of a request at most, in bytes: a power of two, at least the page size.
    pub max_io: u32,
}

impl Parameters {
    pub(crate) fn validate(&self) -> Result<(), Error> {
        let is_valid_block_size =
            self.block_size.is_power_of_two() && (512..=4096).contains(&self.block_size);
        let checks = [
            (
                is_valid_block_size,
                "a block size that is a power of two from 512 to 4096 bytes",
            ),
            (
                self.size != 0 && self.size.checked_rem(self.block_size.into()) == Some(0),
                "a size that is a positive multiple of the block size",
            ),
            (
                (1..=4096).contains(&self.queue_depth),
                "a queue depth from 1 to 4096 requests",
            ),
            (
                self.max_io.is_power_of_two() && (4096..=1 << 24).contains(&self.max_io),
                "requests of at most a power of two from 4096 bytes to 16 MiB",
            ),
        ];
        match checks.iter().find(|(is_valid, _)| !is_valid) {
            Some((_, expected)) => Err(Error::Parameters(expected)),
            None => Ok(()),
        }
    }

    pub(crate) fn to_basic(self) -> BasicParameters {
        let block_shift = self.block_size.trailing_zeros() as u8;
        BasicParameters {
            length: size_of::<BasicParameters>() as u32,
            types: layout::BASIC,
            attributes: layout::READ_ONLY,
            logical_block_shift: block_shift,
            physical_block_shift: block_shift,
            optimal_io_shift: self.max_io.trailing_zeros() as u8,
            minimal_io_shift: block_shift,
            max_sectors: self.max_io / 512,
            sectors: self.size / 512,
            ..Default::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: Parameters = Parameters {
        size: 1 << 20,
        block_size: 4096,
        queue_depth: 16,
        max_io: 65536,
    };

    #[test]
    fn describes_sectors_of_512_bytes() {
        let basic = VALID.to_basic();
        assert_eq!(
            (
                basic.sectors,
                basic.max_sectors,
                basic.logical_block_shift,
                basic.optimal_io_shift
            ),
            (2048, 128, 12, 16)
        );
        assert_eq!((basic.length, basic.types, basic.attributes), (40, 1, 1));
    }

    #[test]
    fn rejects_parameters_that_the_driver_rejects() {
        assert!(VALID.validate().is_ok());
        for (parameters, expected) in [
            (Parameters { size: 0, ..VALID }, "a size"),
            (
                Parameters {
                    size: 4097,
                    ..VALID
                },
                "a size",
            ),
            (
                Parameters {
                    block_size: 0,
                    ..VALID
                },
                "a block size",
            ),
            (
                Parameters {
                    block_size: 8192,
                    ..VALID
                },
                "a block size",
            ),
            (
                Parameters {
                    block_size: 1000,
                    ..VALID
                },
                "a block size",
            ),
            (
                Parameters {
                    queue_depth: 0,
                    ..VALID
                },
                "a queue depth",
            ),
            (
                Parameters {
                    queue_depth: 4097,
                    ..VALID
                },
                "a queue depth",
            ),
            (
                Parameters {
                    max_io: 2048,
                    ..VALID
                },
                "requests",
            ),
            (
                Parameters {
                    max_io: 12288,
                    ..VALID
                },
                "requests",
            ),
        ] {
            let message = parameters.validate().unwrap_err().to_string();
            assert!(message.contains(expected), "{parameters:?}: {message}");
        }
    }
}
