//! The superblock: `struct squashfs_super_block` in the kernel's `fs/squashfs/squashfs_fs.h`.

use file_system::Error;

use crate::compression::Compression;
use crate::fields::Fields;

/// The size of the superblock in bytes.
pub(crate) const SUPERBLOCK_SIZE: usize = 96;
/// Limits of the block size in bytes: 4 KiB, and `SQUASHFS_FILE_MAX_SIZE`.
const BLOCK_LOGS: std::ops::RangeInclusive<u16> = 12..=20;
/// A table that does not exist: `SQUASHFS_INVALID_BLK`.
const NO_TABLE: u64 = u64::MAX;

/// What the superblock declares, checked against the size of the image. Positions are in bytes from the
/// start of the image.
#[derive(Debug, Clone)]
pub(crate) struct Superblock {
    pub(crate) compression: Compression,
    /// The size of data blocks in bytes: a power of two from 4 KiB to 1 MiB.
    pub(crate) block_size: u32,
    pub(crate) fragments: u32,
    pub(crate) ids: u16,
    /// The reference to the root directory's inode.
    pub(crate) root: u64,
    /// The number of bytes of the file system, at most those of the image.
    pub(crate) size: u64,
    pub(crate) id_table: u64,
    /// `None` if the file system has no extended attributes.
    pub(crate) attribute_table: Option<u64>,
    pub(crate) inode_table: u64,
    /// After the inode table, which ends here.
    pub(crate) directory_table: u64,
    /// `None` if the file system has no fragments.
    pub(crate) fragment_table: Option<u64>,
}

impl Superblock {
    /// Parses a superblock in an image of `image_size` bytes.
    pub(crate) fn parse(bytes: &[u8; SUPERBLOCK_SIZE], image_size: u64) -> Result<Self, Error> {
        let mut fields: &[u8] = bytes;
        check_magic(fields.u32()?)?;
        let _inodes = fields.u32()?;
        let _created = fields.u32()?;
        let block_size = fields.u32()?;
        let fragments = fields.u32()?;
        let compression = fields.u16()?;
        let block_log = fields.u16()?;
        let _flags = fields.u16()?;
        let ids = fields.u16()?;
        let version = (fields.u16()?, fields.u16()?);
        let root = fields.u64()?;
        let size = fields.u64()?;
        let id_table = fields.u64()?;
        let attribute_table = fields.u64()?;
        let inode_table = fields.u64()?;
        let directory_table = fields.u64()?;
        let fragment_table = fields.u64()?;
        if version != (4, 0) {
            let (major, minor) = version;
            return Err(Error::unsupported(format!(
                "squashfs version {major}.{minor}, expected 4.0"
            )));
        }
        if !BLOCK_LOGS.contains(&block_log) || block_size != 1 << block_log {
            return Err(Error::corrupt(format!(
                "superblock: block size {block_size} bytes with logarithm {block_log}, expected a power of two from 4 KiB to 1 MiB"
            )));
        }
        if size > image_size {
            return Err(Error::corrupt(format!(
                "superblock: the file system has {size} bytes, the image {image_size}"
            )));
        }
        let table = |name: &str, start: u64| {
            let is_inside = (SUPERBLOCK_SIZE as u64..size).contains(&start);
            is_inside.then_some(start).ok_or_else(|| {
                Error::corrupt(format!(
                    "superblock: {name} table at {start}, expected {SUPERBLOCK_SIZE} to {size}"
                ))
            })
        };
        let optional = |name, start| match start {
            NO_TABLE => Ok(None),
            start => table(name, start).map(Some),
        };
        if directory_table <= inode_table {
            return Err(Error::corrupt(format!(
                "superblock: directory table at {directory_table}, expected it after the inode table at {inode_table}"
            )));
        }
        Ok(Superblock {
            compression: Compression::from_number(compression)?,
            block_size,
            fragments,
            ids,
            root,
            size,
            id_table: table("id", id_table)?,
            attribute_table: optional("attribute", attribute_table)?,
            inode_table: table("inode", inode_table)?,
            directory_table: table("directory", directory_table)?,
            fragment_table: optional("fragment", fragment_table)?,
        })
    }
}

fn check_magic(magic: u32) -> Result<(), Error> {
    match magic {
        0x7371_7368 => Ok(()),
        0x6873_7173 => Err(Error::unsupported(
            "squashfs in big-endian byte order, which version 4.0 does not have",
        )),
        _ => Err(Error::corrupt(format!(
            "superblock: magic number {magic:#010x}, expected 0x73717368"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A superblock with these 16-bit fields at these offsets replaced.
    fn parse(changes: &[(usize, u16)]) -> Result<Superblock, Error> {
        let mut bytes = [0; SUPERBLOCK_SIZE];
        bytes[..4].copy_from_slice(b"hsqs");
        let fields = [(14, 2), (20, 1), (22, 17), (26, 1), (28, 4), (40, 900)];
        let tables = [(48, 800), (56, 0xffff), (64, 500), (72, 600), (80, 0xffff)];
        for (offset, value) in fields.iter().chain(&tables).chain(changes) {
            bytes[*offset..offset + 2].copy_from_slice(&value.to_le_bytes());
        }
        for offset in [56, 80] {
            if bytes[offset..offset + 2] == [0xff, 0xff] {
                bytes[offset..offset + 8].fill(0xff);
            }
        }
        Superblock::parse(&bytes, 1000)
    }

    fn message(changes: &[(usize, u16)]) -> String {
        parse(changes).unwrap_err().to_string()
    }

    #[test]
    fn reads_a_superblock() {
        let found = parse(&[]).unwrap();
        assert_eq!(found.block_size, 128 << 10);
        assert_eq!(found.compression, Compression::Gzip);
        assert_eq!((found.inode_table, found.directory_table), (500, 600));
        assert_eq!((found.attribute_table, found.fragment_table), (None, None));
        let found = parse(&[(56, 700), (80, 710)]).unwrap();
        assert_eq!(found.attribute_table, Some(700));
        assert_eq!(found.fragment_table, Some(710));
    }

    #[test]
    fn rejects_other_formats_and_versions() {
        assert!(message(&[(0, 0)]).contains("magic number"));
        assert!(message(&[(28, 3)]).contains("version 3.0"));
        assert!(message(&[(30, 1)]).contains("version 4.1"));
        assert!(message(&[(20, 2)]).contains("lzma"));
        assert!(message(&[(20, 7)]).contains("compression 7"));
        assert!(message(&[(0, 0x7173), (2, 0x6873)]).contains("big-endian"));
    }

    #[test]
    fn rejects_block_sizes_outside_of_limits() {
        for (size_low, size_high, log) in [(2048, 0, 11), (0, 32, 21), (0, 2, 16), (0, 0, 300)] {
            let message = message(&[(12, size_low), (14, size_high), (22, log)]);
            assert!(message.contains("block size"), "{message}");
        }
        assert!(parse(&[(12, 4096), (14, 0), (22, 12)]).is_ok());
        assert!(parse(&[(14, 16), (22, 20)]).is_ok());
    }

    #[test]
    fn rejects_tables_beyond_the_end() {
        assert!(message(&[(40, 1001)]).contains("the image 1000"));
        assert!(message(&[(48, 900)]).contains("id table at 900"));
        assert!(message(&[(56, 95)]).contains("attribute table at 95"));
        assert!(message(&[(72, 500)]).contains("after the inode table"));
        assert!(message(&[(80, 5000)]).contains("fragment table"));
    }
}
