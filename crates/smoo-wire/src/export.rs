//! What the host serves.

use std::fmt;
use std::num::NonZeroU32;

use crate::Error;
use crate::fields::Fields;

/// Identifies an export, and with it an image: two images that differ should have different numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExportId(pub NonZeroU32);

impl fmt::Display for ExportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// A block device that the host serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export {
    id: ExportId,
    block_size: u32,
    size: u64,
}

/// The maximum number of exports in a list.
pub const MAX_EXPORTS: usize = 32;
/// The maximum length of a list, in bytes.
pub const MAX_EXPORTS_LENGTH: usize = HEADER + MAX_EXPORTS * ENTRY;

const MESSAGE: &str = "CONFIG_EXPORTS";
const HEADER: usize = 8;
const ENTRY: usize = 24;
const MIN_BLOCK_SIZE: u32 = 512;
const MAX_BLOCK_SIZE: u32 = 65_536;

impl Export {
    /// An export of `size` bytes.
    ///
    /// # Errors
    /// `block_size` is not a power of two from 512 to 65,536 bytes, or `size` not a multiple of it greater than 0.
    pub fn new(id: ExportId, block_size: u32, size: u64) -> Result<Self, Error> {
        let invalid = |field, expected, found| Error::Field {
            message: MESSAGE,
            field,
            expected,
            found,
        };
        if !block_size.is_power_of_two() || !(MIN_BLOCK_SIZE..=MAX_BLOCK_SIZE).contains(&block_size)
        {
            let expected = "a power of two from 0x200 to 0x10000";
            return Err(invalid("block size", expected, block_size.into()));
        }
        if size == 0 || size % u64::from(block_size) != 0 {
            let expected = "a multiple of the block size, greater than 0";
            return Err(invalid("size", expected, size));
        }
        Ok(Export {
            id,
            block_size,
            size,
        })
    }

    /// Identifies the image.
    pub fn id(&self) -> ExportId {
        self.id
    }

    /// The size of a block, in bytes: the unit of requests.
    pub fn block_size(&self) -> u32 {
        self.block_size
    }

    /// The size of the block device, in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The number of bytes that `blocks` blocks from `block` have; `None` if they are not all within the device.
    pub fn range_length(&self, block: u64, blocks: u32) -> Option<u64> {
        let block_size = u64::from(self.block_size);
        let end = block.checked_add(blocks.into())?;
        (end <= self.size / block_size).then(|| u64::from(blocks) * block_size)
    }
}

/// The message [`control::CONFIG_EXPORTS`](crate::control::CONFIG_EXPORTS). Exports beyond [`MAX_EXPORTS`] are left out.
pub fn encode_exports(exports: &[Export]) -> Vec<u8> {
    let exports = &exports[..exports.len().min(MAX_EXPORTS)];
    let mut bytes = vec![0; HEADER];
    bytes[2] = exports.len() as u8;
    for export in exports {
        bytes.extend(export.id.0.get().to_le_bytes());
        bytes.extend(export.block_size.to_le_bytes());
        bytes.extend(export.size.to_le_bytes());
        bytes.extend([0; 8]);
    }
    bytes
}

/// Parses the message; the list may be empty.
///
/// # Errors
/// Length, version, flags, reserved fields, more than [`MAX_EXPORTS`] exports, several with one number, or values that
/// [`Export::new`] rejects.
pub fn parse_exports(bytes: &[u8]) -> Result<Vec<Export>, Error> {
    let length = |expected| Error::Length {
        message: MESSAGE,
        expected,
        found: bytes.len(),
    };
    let (header, entries) = bytes.split_at_checked(HEADER).ok_or(length(HEADER))?;
    let header = Fields::<HEADER>::new(MESSAGE, header)?;
    header.require_zero("version", header.u16(0))?;
    header.require_zero("flags", header.u32(4))?;
    let count = usize::from(header.u16(2));
    if count > MAX_EXPORTS {
        return Err(header.invalid("number of exports", "at most 0x20", header.u16(2)));
    }
    if entries.len() != count * ENTRY {
        return Err(length(HEADER + count * ENTRY));
    }
    let mut exports: Vec<Export> = Vec::with_capacity(count);
    for entry in entries.chunks_exact(ENTRY) {
        let fields = Fields::<ENTRY>::new(MESSAGE, entry)?;
        fields.require_zero("reserved bytes", fields.u64(16))?;
        let id = NonZeroU32::new(fields.u32(0))
            .map(ExportId)
            .ok_or_else(|| fields.invalid("export", "a number other than 0", 0_u32))?;
        if exports.iter().any(|export| export.id == id) {
            return Err(fields.invalid("export", "each number once", fields.u32(0)));
        }
        exports.push(Export::new(id, fields.u32(4), fields.u64(8))?);
    }
    Ok(exports)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u32) -> ExportId {
        ExportId(NonZeroU32::new(number).unwrap())
    }

    #[rustfmt::skip]
    const BYTES: [u8; 32] = [
        0, 0, 1, 0, 0, 0, 0, 0,
        4, 3, 2, 1, 0, 16, 0, 0,
        0, 32, 0, 0, 1, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0,
    ];

    fn error(index: usize, value: u8) -> String {
        let mut bytes = BYTES;
        bytes[index] = value;
        parse_exports(&bytes).unwrap_err().to_string()
    }

    #[test]
    fn encodes_and_parses() {
        let export = Export::new(id(0x0102_0304), 4096, 0x1_0000_2000).unwrap();
        assert_eq!(encode_exports(&[export]), BYTES);
        assert_eq!(parse_exports(&BYTES), Ok(vec![export]));
        assert_eq!(parse_exports(&encode_exports(&[])), Ok(vec![]));
    }

    #[test]
    fn encodes_at_most_the_maximum() {
        let exports: Vec<_> = (1..=33)
            .map(|number| Export::new(id(number), 512, 512).unwrap())
            .collect();
        let bytes = encode_exports(&exports);
        assert_eq!(bytes.len(), MAX_EXPORTS_LENGTH);
        assert_eq!(parse_exports(&bytes).unwrap(), exports[..32]);
    }

    #[test]
    fn rejects_each_invalid_field() {
        for (index, value, expected) in [
            (0, 1, "CONFIG_EXPORTS: version: expected 0, found 0x1"),
            (2, 2, "CONFIG_EXPORTS: expected 56 bytes, found 32"),
            (2, 0, "CONFIG_EXPORTS: expected 8 bytes, found 32"),
            (
                2,
                33,
                "CONFIG_EXPORTS: number of exports: expected at most 0x20, found 0x21",
            ),
            (4, 1, "CONFIG_EXPORTS: flags: expected 0, found 0x1"),
            (
                12,
                1,
                "CONFIG_EXPORTS: block size: expected a power of two from 0x200 to 0x10000, found 0x1001",
            ),
            (
                13,
                1,
                "CONFIG_EXPORTS: block size: expected a power of two from 0x200 to 0x10000, found 0x100",
            ),
            (
                16,
                1,
                "CONFIG_EXPORTS: size: expected a multiple of the block size, greater than 0, found 0x100002001",
            ),
            (
                24,
                1,
                "CONFIG_EXPORTS: reserved bytes: expected 0, found 0x1",
            ),
        ] {
            assert_eq!(error(index, value), expected);
        }
        let mut bytes = BYTES;
        bytes[8..12].fill(0);
        let error = parse_exports(&bytes).unwrap_err().to_string();
        let expected = "CONFIG_EXPORTS: export: expected a number other than 0, found 0x0";
        assert_eq!(error, expected);
        for length in 0..BYTES.len() {
            assert!(parse_exports(&BYTES[..length]).is_err());
        }
    }

    #[test]
    fn rejects_one_number_twice() {
        let export = Export::new(id(7), 512, 512).unwrap();
        let error = parse_exports(&encode_exports(&[export, export])).unwrap_err();
        let expected = "CONFIG_EXPORTS: export: expected each number once, found 0x7";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn range_length_is_limited_to_the_device() {
        let export = Export::new(id(1), 512, 2048).unwrap();
        assert_eq!(export.range_length(0, 4), Some(2048));
        assert_eq!(export.range_length(3, 1), Some(512));
        assert_eq!(export.range_length(3, 2), None);
        assert_eq!(export.range_length(4, 1), None);
        assert_eq!(export.range_length(u64::MAX, 1), None);
        assert_eq!(export.range_length(0, u32::MAX), None);
    }
}
