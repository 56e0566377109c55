//! Metadata of files.

use std::fmt;

/// The type of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileType {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A character device.
    CharacterDevice,
    /// A block device.
    BlockDevice,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
}

/// The types with their bits in `st_mode` (inode(7)), their letters in `ls -l`, and their names.
const TYPES: [(FileType, u16, char, &str); 7] = [
    (FileType::Regular, 0o100_000, '-', "regular file"),
    (FileType::Directory, 0o040_000, 'd', "directory"),
    (FileType::Symlink, 0o120_000, 'l', "symbolic link"),
    (
        FileType::CharacterDevice,
        0o020_000,
        'c',
        "character device",
    ),
    (FileType::BlockDevice, 0o060_000, 'b', "block device"),
    (FileType::Fifo, 0o010_000, 'p', "named pipe"),
    (FileType::Socket, 0o140_000, 's', "socket"),
];

impl FileType {
    /// Returns the type in the upper four bits of a mode as of `st_mode`; `None` if they have no meaning.
    pub fn from_mode(mode: u16) -> Option<Self> {
        let row = TYPES.iter().find(|row| row.1 == mode & 0o170_000)?;
        Some(row.0)
    }

    /// Returns the type with this number in the entries of directories: `FT_*` in the kernel's
    /// `include/linux/fs_types.h`; `None` for an unknown type.
    pub fn from_directory_entry(number: u8) -> Option<Self> {
        Some(match number {
            1 => FileType::Regular,
            2 => FileType::Directory,
            3 => FileType::CharacterDevice,
            4 => FileType::BlockDevice,
            5 => FileType::Fifo,
            6 => FileType::Socket,
            7 => FileType::Symlink,
            _ => return None,
        })
    }

    /// The letter with which `ls -l` begins a line.
    pub fn letter(self) -> char {
        self.row().2
    }

    fn row(self) -> (FileType, u16, char, &'static str) {
        let row = TYPES.iter().find(|row| row.0 == self);
        row.copied().unwrap_or(TYPES[0])
    }
}

impl fmt::Display for FileType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().3)
    }
}

/// The metadata of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The type.
    pub file_type: FileType,
    /// The permissions with the bits for set-user-ID, set-group-ID and sticky: 0 to 0o7777.
    pub permissions: u16,
    /// The number of the user that owns the file.
    pub uid: u32,
    /// The number of the group that owns the file.
    pub gid: u32,
    /// The size in bytes of a regular file, or of the target of a symbolic link; otherwise 0.
    pub size: u64,
    /// The time of the last change in seconds since 1970-01-01 UTC; 0 if the format has none.
    pub modified: i64,
    /// The major and minor numbers of a device; `None` for other types, or if they are not known.
    pub device: Option<(u32, u32)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directory_entries_have_the_numbers_of_the_kernel() {
        let types: Vec<_> = (0..9).map(FileType::from_directory_entry).collect();
        let letters = |found: &Option<FileType>| found.map_or('?', FileType::letter);
        assert_eq!(types.iter().map(letters).collect::<String>(), "?-dcbpsl?");
    }

    #[test]
    fn types_follow_from_the_mode() {
        assert_eq!(FileType::from_mode(0o100_644), Some(FileType::Regular));
        assert_eq!(FileType::from_mode(0o041_777), Some(FileType::Directory));
        assert_eq!(FileType::from_mode(0o030_000), None);
        for (file_type, mode, letter, name) in TYPES {
            assert_eq!(FileType::from_mode(mode), Some(file_type));
            assert_eq!(file_type.letter(), letter);
            assert_eq!(file_type.to_string(), name);
        }
    }
}
