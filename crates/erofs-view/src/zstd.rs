//! Decompresses Zstandard frames, also only their beginning.

use std::io::{self, Read};

use decompress::{Format, Limits, member_reader};

/// The maximum size in bytes of the window of a frame: `Z_EROFS_ZSTD_MAX_DICT_SIZE` in the kernel's
/// `fs/erofs/erofs_fs.h`.
const LIMITS: Limits = Limits {
    xz: 0,
    zstd_window: 1 << 20,
};

/// Returns the first `length` bytes that the frame in `input` decompresses to.
pub(crate) fn decompress(input: &[u8], length: usize) -> io::Result<Vec<u8>> {
    let mut output = vec![0; length];
    member_reader(Format::Zstd, input, LIMITS)?.read_exact(&mut output)?;
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame with a header of a descriptor and fields, and one RLE block.
    fn frame(header: &[u8], count: u32) -> Vec<u8> {
        let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd];
        frame.extend_from_slice(header);
        frame.extend_from_slice(&(count << 3 | 3).to_le_bytes()[..3]);
        frame.push(b'a');
        frame
    }

    #[test]
    fn decompresses_frames_and_their_beginning() {
        for frame in [frame(&[0x20, 100], 100), frame(&[0, 0], 100)] {
            assert_eq!(decompress(&frame, 100).unwrap(), [b'a'; 100]);
            assert_eq!(decompress(&frame, 10).unwrap(), [b'a'; 10]);
            assert!(decompress(&frame, 101).is_err());
            assert!(decompress(&frame[..frame.len() - 1], 10).is_err());
        }
        assert!(decompress(&[], 10).is_err());
        assert!(decompress(&[0; 20], 10).is_err());
    }

    #[test]
    fn limits_the_window() {
        assert!(decompress(&frame(&[0x00, 0x50], 1), 1).is_ok());
        let message = decompress(&frame(&[0x00, 0x51], 1), 1).unwrap_err();
        assert!(message.to_string().contains("window of 2 MiB"), "{message}");
    }
}
