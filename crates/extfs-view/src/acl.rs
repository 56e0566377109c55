//! Access control lists: `struct ext4_acl_header` and `ext4_acl_entry` in the kernel's `fs/ext4/acl.h`, and
//! `struct posix_acl_xattr_header` and `posix_acl_xattr_entry` in its `include/uapi/linux/posix_acl_xattr.h`.

use file_system::Error;
use file_system::bytes::{array_at, u16_at, u32_at};

/// The version of a list on disk, and that of the value of an extended attribute.
const DISK_VERSION: u32 = 1;
const VALUE_VERSION: u32 = 2;
const VERSION_SIZE: usize = 4;
/// Tags of entries for a user or a group by number. The others are for the owner, the owning group, the mask and
/// others.
const WITH_ID: [u16; 2] = [0x02, 0x08];
const WITHOUT_ID: [u16; 4] = [0x01, 0x04, 0x10, 0x20];
/// In place of the number of a user or group.
const NO_ID: u32 = u32::MAX;

/// Converts a list as stored to the value of the extended attribute.
pub(crate) fn convert(stored: &[u8]) -> Result<Vec<u8>, Error> {
    let version = u32_at(stored, 0)?;
    if version != DISK_VERSION {
        let what = format!("access control list: version {version}, expected {DISK_VERSION}");
        return Err(Error::corrupt(what));
    }
    let mut value = VALUE_VERSION.to_le_bytes().to_vec();
    let mut rest = stored.get(VERSION_SIZE..).unwrap_or_default();
    while !rest.is_empty() {
        let tag = u16_at(rest, 0)?;
        let (id, size) = if WITH_ID.contains(&tag) {
            (u32_at(rest, 4)?, 8)
        } else if WITHOUT_ID.contains(&tag) {
            (NO_ID, 4)
        } else {
            let what = format!("access control list: tag {tag:#06x}");
            return Err(Error::corrupt(what));
        };
        let tag_and_permissions: [u8; 4] = array_at(rest, 0)?;
        value.extend_from_slice(&tag_and_permissions);
        value.extend_from_slice(&id.to_le_bytes());
        rest = rest.get(size..).unwrap_or_default();
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_entries_with_and_without_numbers() {
        let stored = [
            1, 0, 0, 0, 1, 0, 6, 0, 2, 0, 4, 0, 0xe8, 3, 0, 0, 0x20, 0, 0, 0,
        ];
        let value = [
            2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 0xe8, 3, 0, 0, 0x20, 0, 0, 0,
            255, 255, 255, 255,
        ];
        assert_eq!(convert(&stored).unwrap(), value);
        assert_eq!(convert(&stored[..4]).unwrap(), [2, 0, 0, 0]);
    }

    #[test]
    fn rejects_invalid_lists() {
        for stored in [
            &[][..],
            &[2, 0, 0, 0],
            &[1, 0, 0, 0, 3, 0, 6, 0],
            &[1, 0, 0, 0, 1, 0, 6],
            &[1, 0, 0, 0, 2, 0, 6, 0, 1],
        ] {
            assert!(convert(stored).is_err(), "{stored:?}");
        }
    }
}
