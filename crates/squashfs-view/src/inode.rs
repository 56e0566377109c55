//! Inodes: `struct squashfs_*_inode` in the kernel's `fs/squashfs/squashfs_fs.h`.

use file_system::{Error, FileType, Metadata, ReadAt};

use crate::cursor::{Cursor, Place};
use crate::fields::Fields;
use crate::image::Image;
use crate::table::read_id;

/// The maximum length of the target of a symbolic link in bytes: `PATH_MAX` in the kernel's
/// `include/uapi/linux/limits.h`.
const MAX_TARGET: u32 = 4096;
/// No fragment: `SQUASHFS_INVALID_FRAG`.
const NO_FRAGMENT: u32 = u32::MAX;
/// No extended attributes: `SQUASHFS_INVALID_XATTR`.
const NO_ATTRIBUTES: u32 = u32::MAX;
/// The types of extended inodes are those of basic ones and this.
const EXTENDED: u16 = 7;

/// An inode.
#[derive(Debug)]
pub(crate) struct Inode {
    /// Where it is: the same for hard links.
    pub(crate) reference: u64,
    pub(crate) metadata: Metadata,
    /// The index of the list of extended attributes.
    pub(crate) attributes: Option<u32>,
    pub(crate) content: Content,
}

/// What an inode has beside metadata.
#[derive(Debug)]
pub(crate) enum Content {
    Directory(Directory),
    Regular(Regular),
    Symlink(Vec<u8>),
    /// Nothing: devices, named pipes and sockets.
    Other,
}

/// Where the entries of a directory are.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) place: Place,
    /// The size of the entries in bytes.
    pub(crate) size: u32,
    /// The number of entries in the index.
    pub(crate) index_count: u16,
    pub(crate) index: Place,
}

/// Where the content of a regular file is.
#[derive(Debug, Clone)]
pub(crate) struct Regular {
    pub(crate) size: u64,
    /// The position of the first data block in the image.
    pub(crate) start: u64,
    /// The place of the list of the sizes of data blocks.
    pub(crate) list: Place,
    /// The number of data blocks.
    pub(crate) blocks: u64,
    /// The index of the fragment block that contains the end of the file, and the offset in it in bytes.
    pub(crate) fragment: Option<(u32, u32)>,
}

/// Returns the type with this number in inodes and directories: `SQUASHFS_*_TYPE`, without the extended ones.
pub(crate) fn file_type(number: u16) -> Result<FileType, Error> {
    match number {
        1 => Ok(FileType::Directory),
        2 => Ok(FileType::Regular),
        3 => Ok(FileType::Symlink),
        4 => Ok(FileType::BlockDevice),
        5 => Ok(FileType::CharacterDevice),
        6 => Ok(FileType::Fifo),
        7 => Ok(FileType::Socket),
        _ => Err(Error::corrupt(format!("a file of type {number}"))),
    }
}

impl Inode {
    /// Reads the inode that `reference` means.
    pub(crate) fn read<R: ReadAt>(image: &Image<R>, reference: u64) -> Result<Self, Error> {
        let table = image.superblock.inode_table;
        let place = Place::from_reference(table, reference)?;
        if place.block >= image.superblock.directory_table {
            return Err(Error::corrupt(format!(
                "an inode in the block at {}, which is not in the inode table",
                place.block
            )));
        }
        let mut cursor = Cursor::new(image, place)?;
        let number = cursor.u16()?;
        let is_extended = number > EXTENDED;
        let file_type = file_type(if is_extended {
            number - EXTENDED
        } else {
            number
        })?;
        let permissions = cursor.u16()? & 0o7777;
        let uid = read_id(image, cursor.u16()?)?;
        let gid = read_id(image, cursor.u16()?)?;
        let modified = i64::from(cursor.u32()?);
        let _number = cursor.u32()?;
        let mut inode = Inode {
            reference,
            metadata: Metadata {
                file_type,
                permissions,
                uid,
                gid,
                size: 0,
                modified,
                device: None,
            },
            attributes: None,
            content: Content::Other,
        };
        let attributes = match (file_type, is_extended) {
            (FileType::Directory, false) => inode.read_directory(&mut cursor)?,
            (FileType::Directory, true) => inode.read_extended_directory(&mut cursor)?,
            (FileType::Regular, false) => inode.read_regular(&mut cursor)?,
            (FileType::Regular, true) => inode.read_extended_regular(&mut cursor)?,
            _ => {
                match file_type {
                    FileType::Symlink => inode.read_symlink(&mut cursor)?,
                    _ => inode.read_other(&mut cursor)?,
                }
                if is_extended {
                    cursor.u32()?
                } else {
                    NO_ATTRIBUTES
                }
            }
        };
        inode.attributes = (attributes != NO_ATTRIBUTES).then_some(attributes);
        Ok(inode)
    }

    fn read_directory<R: ReadAt>(&mut self, cursor: &mut Cursor<R>) -> Result<u32, Error> {
        let block = cursor.u32()?;
        let _links = cursor.u32()?;
        let size = cursor.u16()?.into();
        let offset = cursor.u16()?;
        let _parent = cursor.u32()?;
        self.set_directory(cursor, (block, offset), size, 0)?;
        Ok(NO_ATTRIBUTES)
    }

    fn read_extended_directory<R: ReadAt>(&mut self, cursor: &mut Cursor<R>) -> Result<u32, Error> {
        let _links = cursor.u32()?;
        let size = cursor.u32()?;
        let block = cursor.u32()?;
        let _parent = cursor.u32()?;
        let index_count = cursor.u16()?;
        let offset = cursor.u16()?;
        let attributes = cursor.u32()?;
        self.set_directory(cursor, (block, offset), size, index_count)?;
        Ok(attributes)
    }

    /// `size` counts three bytes more than the entries have, for `.` and `..`.
    fn set_directory<R: ReadAt>(
        &mut self,
        cursor: &Cursor<R>,
        (block, offset): (u32, u16),
        size: u32,
        index_count: u16,
    ) -> Result<(), Error> {
        let table = cursor.image().superblock.directory_table;
        self.content = Content::Directory(Directory {
            place: Place::new(table, block.into(), offset.into())?,
            size: size.saturating_sub(3),
            index_count,
            index: cursor.place(),
        });
        Ok(())
    }

    fn read_regular<R: ReadAt>(&mut self, cursor: &mut Cursor<R>) -> Result<u32, Error> {
        let start = cursor.u32()?.into();
        let fragment = (cursor.u32()?, cursor.u32()?);
        let size = cursor.u32()?.into();
        self.set_regular(cursor, start, size, fragment);
        Ok(NO_ATTRIBUTES)
    }

    fn read_extended_regular<R: ReadAt>(&mut self, cursor: &mut Cursor<R>) -> Result<u32, Error> {
        let start = cursor.u64()?;
        let size = cursor.u64()?;
        let _bytes_of_holes = cursor.u64()?;
        let _links = cursor.u32()?;
        let fragment = (cursor.u32()?, cursor.u32()?);
        let attributes = cursor.u32()?;
        self.set_regular(cursor, start, size, fragment);
        Ok(attributes)
    }

    fn set_regular<R: ReadAt>(
        &mut self,
        cursor: &Cursor<R>,
        start: u64,
        size: u64,
        fragment: (u32, u32),
    ) {
        let block_size = u64::from(cursor.image().superblock.block_size);
        let fragment = (fragment.0 != NO_FRAGMENT).then_some(fragment);
        let blocks = match fragment {
            Some(_) => size / block_size,
            None => size.div_ceil(block_size),
        };
        self.metadata.size = size;
        self.content = Content::Regular(Regular {
            size,
            start,
            list: cursor.place(),
            blocks,
            fragment,
        });
    }

    fn read_symlink<R: ReadAt>(&mut self, cursor: &mut Cursor<R>) -> Result<(), Error> {
        let _links = cursor.u32()?;
        let size = cursor.u32()?;
        if size > MAX_TARGET {
            return Err(Error::corrupt(format!(
                "a symbolic link with a target of {size} bytes, expected at most {MAX_TARGET}"
            )));
        }
        self.metadata.size = size.into();
        self.content = Content::Symlink(cursor.bytes(size as usize)?);
        Ok(())
    }

    /// Reads a device, named pipe or socket.
    fn read_other<R: ReadAt>(&mut self, cursor: &mut Cursor<R>) -> Result<(), Error> {
        let _links = cursor.u32()?;
        if matches!(
            self.metadata.file_type,
            FileType::BlockDevice | FileType::CharacterDevice
        ) {
            // As `new_decode_dev` in the kernel's `include/linux/kdev_t.h`.
            let device = cursor.u32()?;
            let major = (device >> 8) & 0xfff;
            let minor = (device & 0xff) | ((device >> 12) & 0xfff00);
            self.metadata.device = Some((major, minor));
        }
        Ok(())
    }
}
