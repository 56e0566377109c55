//! The header of a sparse image: `sparse_header_t`.

use read_at::ReadAt;

use crate::Cause;

/// The magic number.
pub(crate) const MAGIC: [u8; 4] = [0x3a, 0xff, 0x26, 0xed];

/// The size in bytes of `sparse_header_t`.
const SIZE: u16 = 28;
/// The size in bytes of `chunk_header_t`.
pub(super) const CHUNK_HEADER_SIZE: u16 = 12;

#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    /// In bytes, a multiple of 4.
    pub(super) block_size: u32,
    /// The number of blocks of the content.
    pub(super) blocks: u32,
    pub(super) chunks: u32,
    /// The sizes in bytes of this header and of the chunks' headers, which may be larger than defined.
    pub(super) size: u16,
    pub(super) chunk_header_size: u16,
}

impl Header {
    pub(super) fn read(file: &impl ReadAt, max_chunks: u32) -> Result<Self, Cause> {
        let mut bytes = [0; SIZE as usize];
        file.read_exact_at(&mut bytes, 0)?;
        // `as_chunks` needs Rust 1.88.
        let mut words = [0; SIZE as usize / 4];
        for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
            *word = bytes.try_into().map_or(0, u32::from_le_bytes);
        }
        let [magic, version, sizes, block_size, blocks, chunks, _checksum] = words;
        let low = |word: u32| (word & 0xffff) as u16;
        let header = Header {
            block_size,
            blocks,
            chunks,
            size: low(sizes),
            chunk_header_size: low(sizes >> 16),
        };
        let (major, minor) = (low(version), low(version >> 16));
        if magic != u32::from_le_bytes(MAGIC) || major != 1 {
            return Err(Cause::Unsupported(format!("version {major}.{minor}")));
        }
        let corrupt = |message: String| Err(Cause::Corrupt(format!("header: {message}")));
        if header.size < SIZE || header.chunk_header_size < CHUNK_HEADER_SIZE {
            let (file, chunk) = (header.size, header.chunk_header_size);
            return corrupt(format!(
                "its size is {file} bytes, that of chunk headers {chunk} bytes; expected at least {SIZE} and {CHUNK_HEADER_SIZE}"
            ));
        }
        if block_size == 0 || block_size % 4 != 0 {
            return corrupt(format!(
                "the block size is {block_size} bytes; expected a multiple of 4"
            ));
        }
        if chunks > max_chunks {
            return corrupt(format!(
                "{chunks} chunks; at most {max_chunks} are supported here"
            ));
        }
        Ok(header)
    }
}
