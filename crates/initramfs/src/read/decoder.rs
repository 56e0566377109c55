//! Decompression.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::error::Cause;
use crate::Format;

/// How much memory an xz archive may ask for, in KiB: as much as ruzstd allows a zstd archive.
/// `xz -9` asks for 65 MiB.
const XZ_MEMORY: u32 = 100 * 1024;

/// What `source` holds, up to the end of that one compressed stream; not a byte more is taken.
pub(super) fn decoder<'a>(
    format: Format,
    source: impl BufRead + 'a,
) -> Result<Box<dyn Read + 'a>, Cause> {
    Ok(match format {
        Format::Gzip => Box::new(GzDecoder::new(source)),
        Format::Xz => Box::new(XzReader::new_mem_limit(source, false, XZ_MEMORY)),
        Format::Zstd => {
            let decoder = StreamingDecoder::new(source);
            Box::new(ZstdReader(
                decoder.map_err(|error| Cause::Io(io::Error::other(error)))?,
            ))
        }
        Format::Cpio | Format::Lz4Legacy | Format::Bzip2 | Format::Lzma | Format::Lzo => {
            return Err(Cause::Unsupported(format));
        }
    })
}

/// Compares the checksum at the end, which the decoder alone does not.
struct ZstdReader<R: Read>(StreamingDecoder<R, FrameDecoder>);

impl<R: Read> Read for ZstdReader<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(bytes)?;
        let frame = &self.0.decoder;
        if count == 0
            && !bytes.is_empty()
            && frame.get_checksum_from_data().is_some()
            && frame.get_checksum_from_data() != frame.get_calculated_checksum()
        {
            return Err(io::Error::other("the checksum at its end is another"));
        }
        Ok(count)
    }
}
