//! Decompresses zstd frames, within limits of memory.

use decompress::{Format, Limits, member_reader};

use crate::compression::read_to_end;

/// The maximum size in bytes of the window of a frame. Blocks have at most 1 MiB, but a frame may declare the
/// window of its level.
const LIMITS: Limits = Limits {
    xz: 0,
    zstd_window: 8 << 20,
};

/// Decompresses the frame `input` into `output`, and returns the number of bytes.
pub(crate) fn decompress(input: &[u8], output: &mut [u8]) -> Result<usize, String> {
    let reader = member_reader(Format::Zstd, input, LIMITS);
    read_to_end(reader.map_err(|error| error.to_string())?, output)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(frame: &[u8], limit: usize) -> Result<Vec<u8>, String> {
        let mut output = vec![0; limit];
        let length = decompress(frame, &mut output)?;
        output.truncate(length);
        Ok(output)
    }

    /// What `zstd -19 --check` made of one word six times.
    const WORDS: &[u8] =
        b"\x28\xb5\x2f\xfd\x04\x68\x6d\x00\x00\x38module \x01\x00\x44\x16\x23\x07\xf2\x0b\x54";

    #[test]
    fn decompresses_what_zstd_compressed() {
        assert_eq!(decode(WORDS, 8192).unwrap(), b"module ".repeat(6));
    }

    #[test]
    fn rejects_damage_truncation_and_what_does_not_fit() {
        let mut damaged = WORDS.to_vec();
        damaged[10] ^= 1;
        let message = decode(&damaged, 8192).unwrap_err();
        assert!(message.contains("checksum mismatch"), "{message}");
        for length in 0..WORDS.len() {
            assert!(decode(&WORDS[..length], 100).is_err(), "{length}");
        }
        let message = decode(WORDS, 41).unwrap_err();
        assert!(message.contains("more than 41 bytes"), "{message}");
        // A window of 1.75 TiB.
        let message = decode(b"\x28\xb5\x2f\xfd\0\xf7\x29\0\0hello", 8192).unwrap_err();
        assert!(message.contains("a window of"), "{message}");
    }
}
