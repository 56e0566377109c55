//! The header of a cpio entry, in the two formats that the kernel reads: `newc` and `crc`.
//!
//! 110 bytes: a magic number and 13 fields of 8 hexadecimal digits. Source: the kernel's
//! `Documentation/driver-api/early-userspace/buffer-format.rst`.

use std::fmt;

/// The header of a cpio entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Header {
    /// Whether the format is `crc` (070702), which uses `checksum`, instead of `newc` (070701).
    pub has_checksum: bool,
    /// The inode number. Hard links to the same file have the same one.
    pub inode: u32,
    /// File type and permissions, as in stat(2).
    pub mode: u32,
    /// The numeric user ID of the owner.
    pub uid: u32,
    /// The numeric group ID.
    pub gid: u32,
    /// The number of hard links to the inode.
    pub links: u32,
    /// The modification time in seconds since 1970-01-01 UTC.
    pub mtime: u32,
    /// The size of the content in bytes.
    pub size: u32,
    /// Major and minor number of the device that contains the inode.
    pub device: (u32, u32),
    /// Major and minor number of a device node.
    pub node: (u32, u32),
    /// The size of the name in bytes, including the terminating NUL.
    pub name_size: u32,
    /// The sum of all bytes of the content, modulo 2³², if `has_checksum` is set; otherwise 0.
    pub checksum: u32,
}

const NEWC: &[u8; 6] = b"070701";
const CRC: &[u8; 6] = b"070702";

impl Header {
    /// The size of a header in bytes.
    pub const SIZE: usize = 110;

    /// Parses a header; `None` if the magic number is unknown, or a field is not 8 hexadecimal digits.
    pub fn parse(bytes: &[u8; Self::SIZE]) -> Option<Self> {
        let (magic, fields) = bytes.split_first_chunk()?;
        let has_checksum = match magic {
            NEWC => false,
            CRC => true,
            _ => return None,
        };
        let mut values = [0; 13];
        for (value, digits) in values.iter_mut().zip(fields.chunks_exact(8)) {
            *value = parse_hexadecimal(digits)?;
        }
        #[rustfmt::skip]
        let [
            inode, mode, uid, gid, links, mtime, size,
            device_major, device_minor, node_major, node_minor, name_size, checksum,
        ] = values;
        Some(Header {
            has_checksum,
            inode,
            mode,
            uid,
            gid,
            links,
            mtime,
            size,
            device: (device_major, device_minor),
            node: (node_major, node_minor),
            name_size,
            checksum,
        })
    }

    /// The file type in the mode.
    pub fn file_type(&self) -> FileType {
        FileType::from_mode(self.mode)
    }
}

/// Formats the header as it is stored.
impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.has_checksum {
            "070702"
        } else {
            "070701"
        })?;
        let fields = [
            self.inode,
            self.mode,
            self.uid,
            self.gid,
            self.links,
            self.mtime,
            self.size,
            self.device.0,
            self.device.1,
            self.node.0,
            self.node.1,
            self.name_size,
            self.checksum,
        ];
        fields.iter().try_for_each(|field| write!(f, "{field:08X}"))
    }
}

fn parse_hexadecimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |value, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(value << 4 | digit)
    })
}

/// The file types in the upper bits of a mode: stat(2), inode(7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileType {
    /// A directory.
    Directory,
    /// A regular file.
    Regular,
    /// A symbolic link; the content of the entry is its target.
    Symlink,
    /// A character device.
    CharacterDevice,
    /// A block device.
    BlockDevice,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A file type that Linux does not define.
    Unknown,
}

const TYPES: [(u32, FileType, char); 7] = [
    (0o040_000, FileType::Directory, 'd'),
    (0o100_000, FileType::Regular, '-'),
    (0o120_000, FileType::Symlink, 'l'),
    (0o020_000, FileType::CharacterDevice, 'c'),
    (0o060_000, FileType::BlockDevice, 'b'),
    (0o010_000, FileType::Fifo, 'p'),
    (0o140_000, FileType::Socket, 's'),
];

impl FileType {
    /// Returns the file type in a mode.
    pub fn from_mode(mode: u32) -> Self {
        TYPES
            .iter()
            .find(|(bits, ..)| mode & 0o170_000 == *bits)
            .map_or(FileType::Unknown, |(_, kind, _)| *kind)
    }

    /// The bits of this type in a mode; 0 for [`FileType::Unknown`].
    pub fn bits(self) -> u32 {
        TYPES
            .iter()
            .find(|(_, kind, _)| *kind == self)
            .map_or(0, |(bits, ..)| *bits)
    }

    /// The letter that ls(1) prints for this type; `?` for [`FileType::Unknown`].
    pub fn letter(self) -> char {
        TYPES
            .iter()
            .find(|(_, kind, _)| *kind == self)
            .map_or('?', |(.., letter)| *letter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values differ, so that swapped fields are noticed.
    const HEADER: Header = Header {
        has_checksum: true,
        inode: 1,
        mode: 0o100_644,
        uid: 3,
        gid: 4,
        links: 5,
        mtime: 6,
        size: 7,
        device: (8, 9),
        node: (10, 11),
        name_size: 12,
        checksum: 0xdead_beef,
    };

    #[test]
    fn parses_what_it_formats() {
        let text = HEADER.to_string();
        let fields = [
            "070702", "00000001", "000081A4", "00000003", "00000004", "00000005", "00000006",
            "00000007", "00000008", "00000009", "0000000A", "0000000B", "0000000C", "DEADBEEF",
        ];
        assert_eq!(text, fields.concat());
        let bytes: [u8; Header::SIZE] = text.as_bytes().try_into().unwrap();
        assert_eq!(Header::parse(&bytes), Some(HEADER));
        let lower: [u8; Header::SIZE] = text.to_lowercase().as_bytes().try_into().unwrap();
        assert_eq!(Header::parse(&lower), Some(HEADER));
    }

    #[test]
    fn rejects_invalid_headers() {
        let good = HEADER.to_string();
        for (position, byte) in [(0, b'1'), (5, b'7'), (6, b'+'), (13, b' '), (109, b'g')] {
            let mut bytes: [u8; Header::SIZE] = good.as_bytes().try_into().unwrap();
            bytes[position] = byte;
            assert_eq!(Header::parse(&bytes), None, "{position}");
        }
    }

    #[test]
    fn converts_between_types_bits_and_letters() {
        for (bits, kind, letter) in TYPES {
            assert_eq!(FileType::from_mode(bits | 0o7777), kind);
            assert_eq!((kind.bits(), kind.letter()), (bits, letter));
        }
        assert_eq!(FileType::from_mode(0o644), FileType::Unknown);
        assert_eq!(FileType::Unknown.letter(), '?');
    }
}
