//! The legacy format of lz4, as the kernel reads it (`lib/decompress_unlz4.c`): the magic number, then
//! blocks, each with its compressed size in 4 bytes (little-endian) before it.

use std::io::{self, BufRead, Read};

use lz4_flex::block::{decompress_into, get_maximum_output_size};

use crate::member::Member;
use crate::source::Source;

/// The magic number, which may also be repeated between blocks.
const MAGIC: u32 = 0x184c_2102;

/// The maximum number of bytes of a block: `LZ4_DEFAULT_UNCOMPRESSED_CHUNK_SIZE`.
const MAX_BLOCK: usize = 8 << 20;

/// A reader of the decompressed content. It ends at a size of 0, or where fewer than 4 zeros are left.
pub(crate) struct Lz4LegacyReader<R> {
    source: Source<R>,
    block: Vec<u8>,
    /// The number of bytes of the block that were read.
    position: usize,
    is_at_end: bool,
}

impl<R: BufRead> Lz4LegacyReader<R> {
    pub(crate) fn new(source: Source<R>) -> Self {
        Lz4LegacyReader {
            source,
            block: Vec::new(),
            position: 0,
            is_at_end: false,
        }
    }

    fn next_block(&mut self) -> io::Result<()> {
        let mut bytes = Vec::new();
        self.source.by_ref().take(4).read_to_end(&mut bytes)?;
        if bytes.iter().all(|byte| *byte == 0) {
            self.is_at_end = true;
            return Ok(());
        }
        let size = match bytes.try_into().map(u32::from_le_bytes) {
            Ok(MAGIC) => return Ok(()),
            Ok(size) => size,
            Err(_) => return Err(io::ErrorKind::UnexpectedEof.into()),
        };
        if size as usize > get_maximum_output_size(MAX_BLOCK) {
            return Err(invalid("a block of more than 8 MiB"));
        }
        let mut compressed = Vec::new();
        let mut source = self.source.by_ref().take(size.into());
        if source.read_to_end(&mut compressed)? < size as usize {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.block.resize(MAX_BLOCK, 0);
        let length = decompress_into(&compressed, &mut self.block).map_err(invalid)?;
        self.block.truncate(length);
        self.position = 0;
        Ok(())
    }
}

impl<R: BufRead> Read for Lz4LegacyReader<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while self.position == self.block.len() && !self.is_at_end {
            self.next_block()?;
        }
        let mut rest = self.block.get(self.position..).unwrap_or_default();
        let count = rest.read(bytes)?;
        self.position += count;
        Ok(count)
    }
}

impl<R: BufRead> Member<R> for Lz4LegacyReader<R> {
    fn into_source(self: Box<Self>) -> Source<R> {
        self.source
    }
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The magic number and blocks with these contents, then `end`.
    fn archive(contents: &[&[u8]], end: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_le_bytes().to_vec();
        for content in contents {
            let block = lz4_flex::block::compress(content);
            bytes.extend((block.len() as u32).to_le_bytes());
            bytes.extend(block);
        }
        bytes.extend(end);
        bytes
    }

    /// The content, and what follows the archive.
    fn read(bytes: &[u8]) -> Result<(Vec<u8>, &[u8]), String> {
        let mut rest = bytes;
        let mut content = Vec::new();
        let mut reader = Lz4LegacyReader::new(Source::new(&mut rest));
        reader
            .read_to_end(&mut content)
            .map_err(|error| error.to_string())?;
        Ok((content, rest))
    }

    #[test]
    fn reads_blocks_up_to_the_end() {
        let long = vec![7; MAX_BLOCK];
        let expected = [&long[..], b"text"].concat();
        for (end, rest) in [
            (&b""[..], &b""[..]),
            (b"\0\0\0", b""),
            (b"\0\0\0\0", b""),
            (b"\0\0\0\x00070701", b"070701"),
        ] {
            let bytes = archive(&[&long, b"text"], end);
            assert!(read(&bytes) == Ok((expected.clone(), rest)), "{end:?}");
        }
        let twice = archive(&[b"a"], &archive(&[b"b"], b""));
        assert_eq!(read(&twice), Ok((b"ab".to_vec(), &b""[..])));
    }

    #[test]
    fn rejects_invalid_blocks() {
        let valid = archive(&[b"text, text, text, text"], b"");
        let message = read(&valid[..valid.len() - 1]).unwrap_err();
        assert!(message.contains("end of file"), "{message}");
        assert!(read(&archive(&[b"text"], b"\0\x01")).is_err());
        let large = archive(&[&vec![0; MAX_BLOCK + 1]], b"");
        assert!(read(&large).is_err());
        let huge = [&MAGIC.to_le_bytes()[..], &[0xff; 4]].concat();
        assert!(read(&huge).unwrap_err().contains("8 MiB"));
        let bad = [&MAGIC.to_le_bytes()[..], &[2, 0, 0, 0, 0x0f, 0xff]].concat();
        assert!(read(&bad).is_err());
    }
}
