//! Decompresses files that are one zstd frame.

use std::io::{self, BufRead, BufReader, Read};

use super::decoder::decoder;
use super::error::Cause;
use crate::Format;

/// Returns a reader of the decompressed content of `file`.
pub(crate) fn zstd_reader<'a>(file: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    decoder(Format::Zstd, BufReader::new(file)).map_err(io::Error::other)
}

/// Returns the size of the decompressed content of `file` in bytes, or `limit` if it is larger.
pub(crate) fn zstd_size(file: impl Read, limit: u64) -> Result<u64, Cause> {
    let mut file = BufReader::new(file);
    if Format::detect(file.fill_buf()?) != Some(Format::Zstd) {
        return Err(Cause::NotZstd);
    }
    let content = decoder(Format::Zstd, &mut file)?;
    let size = io::copy(&mut content.take(limit), &mut io::sink())?;
    if size < limit && !file.fill_buf()?.is_empty() {
        return Err(Cause::ZstdTrailingData);
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Compression, Compressor};
    use std::io::Write;

    fn frame_of(content: &[u8]) -> Vec<u8> {
        let mut compressor = Compressor::new(Vec::new(), Compression::Zstd).unwrap();
        compressor.write_all(content).unwrap();
        compressor.finish().unwrap()
    }

    #[test]
    fn returns_size_and_content() {
        let content = b"module".repeat(1000);
        let frame = frame_of(&content);
        assert_eq!(zstd_size(&frame[..], u64::MAX).unwrap(), 6000);
        let mut found = Vec::new();
        let mut reader = zstd_reader(&frame[..]).unwrap();
        reader.read_to_end(&mut found).unwrap();
        assert_eq!(found, content);
    }

    #[test]
    fn stops_at_the_limit() {
        let frame = frame_of(&[0; 1000]);
        assert_eq!(zstd_size(&frame[..], 10).unwrap(), 10);
    }

    #[test]
    fn rejects_what_is_not_exactly_one_frame() {
        let frame = frame_of(b"module");
        let mut damaged = frame.clone();
        *damaged.last_mut().unwrap() ^= 1;
        for (bytes, words) in [
            (frame.repeat(2), "data after the first zstd frame"),
            (frame[..4].to_vec(), "truncated"),
            (frame[..frame.len() - 5].to_vec(), "cannot read further"),
            (damaged, "checksum mismatch"),
            (b"\x7fELF, not compressed".to_vec(), "not zstd"),
            (Vec::new(), "not zstd"),
        ] {
            let error = zstd_size(&bytes[..], u64::MAX).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
