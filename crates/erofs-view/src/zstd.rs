//! Decompresses Zstandard frames, also only their beginning.

mod fse;
mod limit;

use std::io;

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// The maximum size in bytes of the window of a frame: `Z_EROFS_ZSTD_MAX_DICT_SIZE` in the kernel's
/// `fs/erofs/erofs_fs.h`.
const MAX_WINDOW: u64 = 1 << 20;

/// Returns the first `length` bytes that the frame in `input` decompresses to.
pub(crate) fn decompress(mut input: &[u8], length: usize) -> io::Result<Vec<u8>> {
    // The decoder accepts any window, and keeps as many bytes.
    let window = window_size(input).ok_or(io::ErrorKind::InvalidData)?;
    if window > MAX_WINDOW {
        return Err(io::Error::other(format!(
            "window of {window} bytes, more than {MAX_WINDOW}"
        )));
    }
    let mut decoder = FrameDecoder::new();
    decoder.init(&mut input).map_err(io::Error::other)?;
    // Before the decoder, which would return only when it has a whole block in memory.
    let is_valid = limit::has_valid_sizes(input).ok_or(io::ErrorKind::InvalidData)?;
    if !is_valid {
        return Err(io::Error::other("a block of more than 128 KiB"));
    }
    let mut output = Output {
        bytes: Vec::with_capacity(length),
        length,
    };
    while output.bytes.len() < length {
        if decoder.is_finished() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        decoder
            .decode_blocks(&mut input, BlockDecodingStrategy::UptoBlocks(1))
            .map_err(io::Error::other)?;
        decoder.collect_to_writer(&mut output)?;
    }
    Ok(output.bytes)
}

/// Keeps the first bytes that are written.
struct Output {
    bytes: Vec<u8>,
    length: usize,
}

impl io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.length - self.bytes.len());
        self.bytes.extend(bytes.iter().take(count));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The size in bytes of the window of the frame that begins with `header`, from RFC 8878, 3.1.1.1.
fn window_size(header: &[u8]) -> Option<u64> {
    const IS_SINGLE_SEGMENT: u8 = 0x20;
    let [_, _, _, _, descriptor, rest @ ..] = header else {
        return None;
    };
    if descriptor & IS_SINGLE_SEGMENT == 0 {
        let byte = rest.first()?;
        let base = 1_u64 << (10 + (byte >> 3));
        return Some(base + base / 8 * u64::from(byte & 7));
    }
    // The window is the whole content. Its size follows the number of a dictionary.
    let dictionary = [0, 1, 2, 4].get(usize::from(descriptor & 3))?;
    let rest = rest.get(*dictionary..)?;
    Some(match descriptor >> 6 {
        0 => (*rest.first()?).into(),
        1 => u64::from(u16::from_le_bytes(*rest.first_chunk()?)) + 256,
        2 => u32::from_le_bytes(*rest.first_chunk()?).into(),
        _ => u64::from_le_bytes(*rest.first_chunk()?),
    })
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

    /// 4000 sequences without literals, each of which repeats the same byte 65,539 times.
    #[test]
    fn rejects_a_block_of_more_than_128_kib() {
        // One literal that stays, the number of sequences, and tables of one symbol each.
        let mut content = vec![1 << 3, b'a', 0x80 + (4000 >> 8) as u8, (4000 % 256) as u8];
        content.extend([0x54, 0, 0, 52]);
        // 16 bits of zeros for each length, and the mark of the end.
        content.extend([0; 8000]);
        content.push(1);
        let mut bomb = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0x42, 0x1f, 0, b'a'];
        bomb.extend_from_slice(&((content.len() as u32) << 3 | 2 << 1 | 1).to_le_bytes()[..3]);
        bomb.extend(content);
        let message = decompress(&bomb, 1 << 20).unwrap_err().to_string();
        assert_eq!(message, "a block of more than 128 KiB");
    }

    #[test]
    fn limits_the_window() {
        for (header, size) in [
            (&[0x00, 0x00][..], 1 << 10),
            (&[0x00, 0x51], (1 << 20) + (1 << 17)),
            (&[0x00, 0xff], (1 << 41) + 7 * (1 << 38)),
            (&[0x20, 9], 9),
            (&[0x61, 0, 1, 1], 256 + 257),
            (&[0xa2, 0, 0, 0, 0, 0x20, 0], 0x20_0000),
            (&[0xe3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1], (1 << 56) + 1),
        ] {
            let frame = frame(header, 1);
            assert_eq!(window_size(&frame), Some(size), "{header:x?}");
            if size > MAX_WINDOW {
                let message = decompress(&frame, 1).unwrap_err().to_string();
                assert!(message.contains("more than 1048576"), "{message}");
            }
        }
    }
}
