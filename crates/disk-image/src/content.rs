//! What a layer contains.

use block_probe::{Content, PROBE_SIZE, Superblock, is_protective_mbr, probe};
use decompress::Format;
use read_at::ReadAt;

use crate::partition::PartitionTable;
use crate::{Cause, fat, gpt, mbr, sparse};

/// The content of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A compressed layer.
    Compressed(Format),
    /// A layer in an Android sparse image.
    Sparse,
    /// Partitions.
    Table(PartitionTable),
    /// A file system: erofs, ext4, squashfs or vfat.
    FileSystem(Superblock),
    /// A recognized format that is not supported, by its name for messages.
    Other(&'static str),
    /// Content that is not recognized.
    Unknown,
    /// Content that is recognized, but damaged; the message. Only in a partition: elsewhere it is an error.
    Damaged(String),
}

impl Kind {
    /// Determines what `layer` contains.
    ///
    /// A partition table has precedence over a file system: programs that create file systems erase the
    /// table, but not those that create tables the file system.
    pub(crate) fn detect(
        layer: &dyn ReadAt,
        on_warning: &mut dyn FnMut(String),
    ) -> Result<Self, Cause> {
        let mut head = vec![0; PROBE_SIZE];
        let length = layer.read_up_to_at(&mut head, 0)?;
        head.truncate(length);
        if head.starts_with(&sparse::MAGIC) {
            return Ok(Kind::Sparse);
        }
        if let Some(format) = Format::detect(&head) {
            return Ok(Kind::Compressed(format));
        }
        let file_system = match probe(&head) {
            Some(Content::Root(superblock)) => Some(superblock),
            _ => fat::probe(&head),
        };
        // Without a protective MBR, the kernel does not use a GPT.
        let table = if is_protective_mbr(&head) {
            gpt::read(layer, on_warning)
        } else {
            mbr::read(layer, on_warning)
        };
        Ok(match (table, file_system) {
            (Ok(Some(table)), _) => Kind::Table(table),
            (_, Some(superblock)) => Kind::FileSystem(superblock),
            (Err(error), None) => return Err(error),
            (Ok(None), None) => match probe(&head) {
                Some(Content::Other(name)) => Kind::Other(name),
                _ => Kind::Unknown,
            },
        })
    }
}
