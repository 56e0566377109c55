//! The header of the flattened format: Devicetree Specification 0.4, section 5.2.

use crate::bytes::u32_at;
use crate::write::MAGIC;
use crate::{Error, MAX_SIZE};

/// The fields of the header that are used: offsets and sizes in bytes.
pub(crate) struct Header {
    pub(crate) size: usize,
    pub(crate) structure: usize,
    /// `None` in version 16: the block ends with its last token.
    pub(crate) structure_size: Option<usize>,
    pub(crate) strings: usize,
    pub(crate) strings_size: usize,
    pub(crate) reservations: usize,
    pub(crate) boot_cpu: u32,
}

impl Header {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let field = |offset| {
            let missing = || Error::corrupt(format!("{} bytes, less than a header", bytes.len()));
            u32_at(bytes, offset).ok_or_else(missing)
        };
        let magic = field(0)?;
        if magic != MAGIC {
            return Err(Error::Magic(magic));
        }
        let (version, compatible) = (field(20)?, field(24)?);
        if version < 16 || compatible > 17 {
            return Err(Error::Version {
                version,
                compatible,
            });
        }
        let size = to_size(field(4)?);
        if size > bytes.len() {
            let found = bytes.len();
            return Err(Error::corrupt(format!(
                "{found} bytes, expected {size} by its header"
            )));
        }
        if size > MAX_SIZE {
            return Err(Error::TooLarge(format!(
                "a device tree of {size} bytes, more than {MAX_SIZE}"
            )));
        }
        let structure_size = if version < 17 { None } else { Some(field(36)?) };
        Ok(Header {
            size,
            structure: to_size(field(8)?),
            structure_size: structure_size.map(to_size),
            strings: to_size(field(12)?),
            strings_size: to_size(field(32)?),
            reservations: to_size(field(16)?),
            boot_cpu: field(28)?,
        })
    }
}

/// A `usize` has 32 bits at least; where it has fewer, the bytes end before.
pub(crate) fn to_size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
