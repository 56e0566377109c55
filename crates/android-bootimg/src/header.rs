//! The fields of the header that are neither sizes nor derived from the parts.

use crate::{Addresses, Error, OsVersion, PatchLevel, Version, command_line};

/// The maximum size of the name in bytes. A NUL ends it.
pub const NAME_SIZE: usize = 15;

/// The page size in bytes of the versions that have no field for it.
pub(crate) const FIXED_PAGE_SIZE: u32 = 4096;

/// The fields of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The version.
    pub version: Version,
    /// The page size in bytes, of which the offsets of all parts are multiples: a power of two from 2048 to
    /// 16384, or 4096 in the versions 3 and 4.
    pub page_size: u32,
    /// The addresses, in the versions 0 to 2.
    pub addresses: Option<Addresses>,
    /// The version of the operating system.
    pub os_version: Option<OsVersion>,
    /// The patch level of the operating system.
    pub patch_level: Option<PatchLevel>,
    /// The name of the board, in the versions 0 to 2: up to [`NAME_SIZE`] bytes.
    pub name: Vec<u8>,
    /// The kernel command line: up to 1534 bytes in the versions 0 to 2, whose first 511 and other bytes are in
    /// two fields, or 1535 bytes. Many boot loaders read only the first field.
    pub cmdline: Vec<u8>,
}

impl Header {
    /// A header with mkbootimg's defaults.
    pub fn new(version: Version) -> Self {
        let has_addresses = version.has_addresses();
        Header {
            version,
            page_size: if has_addresses { 2048 } else { FIXED_PAGE_SIZE },
            addresses: has_addresses.then(Addresses::default),
            os_version: None,
            patch_level: None,
            name: Vec::new(),
            cmdline: Vec::new(),
        }
    }

    /// Fails if a field cannot be written in this version.
    pub(crate) fn check(&self, cmdline_limit: Option<usize>) -> Result<(), Error> {
        check_page_size(self.version, self.page_size)?;
        let field = |what, problem| Error::Field {
            what,
            problem,
            version: self.version,
        };
        match (self.version.has_addresses(), self.addresses) {
            (true, None) => return Err(field("addresses", "required")),
            (false, Some(_)) => return Err(field("addresses", "not supported")),
            _ => {}
        }
        if !self.version.has_addresses() && !self.name.is_empty() {
            return Err(field("name", "not supported"));
        }
        if self.name.len() > NAME_SIZE {
            return Err(Error::TooLong {
                what: "name",
                size: self.name.len(),
                limit: NAME_SIZE,
            });
        }
        if self.name.contains(&0) {
            return Err(Error::Nul("name"));
        }
        command_line::check(&self.cmdline, self.version, cmdline_limit)
    }
}

/// Fails if images of the version cannot have this page size.
pub(crate) fn check_page_size(version: Version, found: u32) -> Result<(), Error> {
    let (is_valid, expected) = if version.has_addresses() {
        let is_valid = found.is_power_of_two() && (2048..=16384).contains(&found);
        (is_valid, "a power of two from 2048 to 16384")
    } else {
        (found == FIXED_PAGE_SIZE, "4096")
    };
    if is_valid {
        return Ok(());
    }
    Err(Error::PageSize { expected, found })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(version: Version, change: impl Fn(&mut Header)) -> String {
        let mut header = Header::new(version);
        header.check(None).unwrap();
        change(&mut header);
        header.check(None).unwrap_err().to_string()
    }

    #[test]
    fn rejects_other_page_sizes() {
        for size in [2048, 4096, 8192, 16384] {
            check_page_size(Version::V1, size).unwrap();
        }
        for size in [0, 1024, 2047, 6144, 32768, u32::MAX] {
            let message = message(Version::V0, |header| header.page_size = size);
            let expected = format!(
                "page size: expected a power of two from 2048 to 16384, found {size} bytes"
            );
            assert_eq!(message, expected);
        }
        let message = message(Version::V3, |header| header.page_size = 2048);
        assert_eq!(message, "page size: expected 4096, found 2048 bytes");
    }

    #[test]
    fn rejects_addresses_and_names_where_the_version_has_none() {
        let add = |header: &mut Header| header.addresses = Some(Addresses::default());
        assert_eq!(
            message(Version::V4, add),
            "addresses: not supported in header version 4"
        );
        let remove = |header: &mut Header| header.addresses = None;
        assert_eq!(
            message(Version::V0, remove),
            "addresses: required in header version 0"
        );
        let name = |header: &mut Header| header.name = b"a".to_vec();
        assert_eq!(
            message(Version::V3, name),
            "name: not supported in header version 3"
        );
    }

    #[test]
    fn rejects_long_names_and_nul() {
        let mut header = Header::new(Version::V0);
        header.name = b"a".repeat(15);
        header.check(None).unwrap();
        assert_eq!(
            message(Version::V0, |header| header.name = b"a".repeat(16)),
            "name: 16 bytes, expected at most 15; shorten it"
        );
        let nul = message(Version::V0, |header| header.name = b"a\0".to_vec());
        assert_eq!(nul, "name: contains a NUL byte; remove it");
    }
}
