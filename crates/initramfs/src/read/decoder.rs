//! Decompresses archives.

use std::io::{self, BufRead, Cursor, Read};

use flate2::bufread::GzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::error::Cause;
use super::frame::read_header;
use super::lz4::Lz4Reader;
use crate::Format;

/// The memory limit for an xz archive, in KiB. Archives of `xz -9` need 65 MiB.
const XZ_MEMORY: u32 = 100 * 1024;

/// Returns a reader of the decompressed content of `source`. It reads up to the end of one compressed
/// stream, and not a byte more.
pub(super) fn decoder<'a>(
    format: Format,
    mut source: impl BufRead + 'a,
) -> Result<Box<dyn Read + 'a>, Cause> {
    let header = read_header(format, &mut source)?;
    let source = Cursor::new(header).chain(source);
    Ok(match format {
        Format::Gzip => Box::new(GzDecoder::new(source)),
        Format::Xz => Box::new(XzReader::new_mem_limit(source, false, XZ_MEMORY)),
        Format::Zstd => {
            let decoder = StreamingDecoder::new(source);
            Box::new(ZstdReader(
                decoder.map_err(|error| Cause::Io(io::Error::other(error)))?,
            ))
        }
        Format::Lz4Legacy => Box::new(Lz4Reader::new(source)),
        Format::Lz4 => return Err(Cause::Lz4Frame),
        Format::Cpio | Format::Bzip2 | Format::Lzma | Format::Lzo => {
            return Err(Cause::Unsupported(format));
        }
    })
}

/// Verifies the checksum at the end, which the decoder does not.
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
            return Err(io::Error::other("checksum mismatch"));
        }
        Ok(count)
    }
}
