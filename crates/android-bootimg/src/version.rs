//! Header versions.

use std::fmt;

use crate::Error;

/// The version of a boot image's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// Kernel, ramdisk, and a second-stage boot loader, with addresses.
    V0,
    /// Adds the device tree overlays for recovery.
    V1,
    /// Adds a device tree, and requires it.
    V2,
    /// Kernel and ramdisk only; addresses and device tree are in the vendor_boot image.
    V3,
    /// Adds a signature.
    V4,
}

impl Version {
    /// All versions.
    pub const ALL: [Version; 5] = [
        Version::V0,
        Version::V1,
        Version::V2,
        Version::V3,
        Version::V4,
    ];

    /// Returns the version with this number.
    ///
    /// # Errors
    /// [`Error::Version`] if the number is not 0 to 4.
    pub fn from_number(number: u32) -> Result<Self, Error> {
        let found = Self::ALL
            .into_iter()
            .find(|version| version.number() == number);
        found.ok_or(Error::Version(number))
    }

    /// The number in the header.
    pub fn number(self) -> u32 {
        self as u32
    }

    /// Whether the header has addresses, a page size, a name, and an id.
    pub fn has_addresses(self) -> bool {
        self <= Version::V2
    }

    /// The size of the header in bytes, as headers from version 1 on contain it.
    pub(crate) fn header_size(self) -> usize {
        match self {
            Version::V0 => 1632,
            Version::V1 => 1648,
            Version::V2 => 1660,
            Version::V3 => 1580,
            Version::V4 => 1584,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_numbers_from_0_to_4() {
        for (number, version) in (0..).zip(Version::ALL) {
            assert_eq!(version.number(), number);
            assert_eq!(Version::from_number(number).unwrap(), version);
        }
        let error = Version::from_number(5).unwrap_err();
        assert!(matches!(error, Error::Version(5)), "{error}");
    }
}
