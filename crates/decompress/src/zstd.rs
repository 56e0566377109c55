//! zstd frames: the memory that they need, and their checksum.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use crate::member::Member;
use crate::source::Source;
use crate::zstd_guard::Guard;
use crate::{Error, Limits};

/// A reader of one frame. It verifies the checksum at the end, which the decoder does not.
pub(crate) struct ZstdReader<R: BufRead>(StreamingDecoder<Guard<R>, FrameDecoder>);

impl<R: BufRead> ZstdReader<R> {
    pub(crate) fn new(mut source: Source<R>, limits: Limits) -> Result<Self, Error> {
        let header = Header::read(&mut source)?;
        if header.window > limits.zstd_window {
            return Err(Error::ZstdWindow {
                window: header.window,
                allowed: limits.zstd_window,
            });
        }
        let source = Guard::new(source, header.bytes, header.has_checksum);
        // A new decoder for each frame: a used one has a limit of its own for the window, 100 MiB.
        let decoder = StreamingDecoder::new(source).map_err(io::Error::other)?;
        Ok(ZstdReader(decoder))
    }
}

impl<R: BufRead> Read for ZstdReader<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let result = self.0.read(bytes);
        if self.0.get_ref().is_invalid() {
            return Err(Error::ZstdBlock.into());
        }
        let count = result?;
        let frame = &self.0.decoder;
        if count == 0
            && !bytes.is_empty()
            && frame.get_checksum_from_data().is_some()
            && frame.get_checksum_from_data() != frame.get_calculated_checksum()
        {
            return Err(Error::Checksum.into());
        }
        Ok(count)
    }
}

impl<R: BufRead> Member<R> for ZstdReader<R> {
    fn into_source(self: Box<Self>) -> Source<R> {
        self.0.into_inner().into_source()
    }
}

/// The header of a frame: RFC 8878, section 3.1.1.1.
pub(crate) struct Header {
    bytes: Vec<u8>,
    /// The size in bytes of the content of which the decoder must remember so much.
    pub(crate) window: u64,
    has_checksum: bool,
    /// The size in bytes of the content, if it is stated.
    pub(crate) content_size: Option<u64>,
}

impl Header {
    pub(crate) fn read<R: BufRead>(source: &mut Source<R>) -> Result<Self, Error> {
        let mut bytes = source.read_array::<5>()?.to_vec();
        let descriptor = bytes.last().copied().unwrap_or_default();
        if descriptor & 1 << 3 != 0 {
            return Err(Error::ZstdReserved);
        }
        let is_single_segment = descriptor & 1 << 5 != 0;
        let mut window = 0;
        if !is_single_segment {
            let [byte] = source.read_array()?;
            bytes.push(byte);
            let base = 1_u64 << (10 + (byte >> 3));
            window = base + base / 8 * u64::from(byte & 7);
        }
        let dictionary_size = match descriptor & 3 {
            3 => 4,
            size => size.into(),
        };
        let size_length = match descriptor >> 6 {
            0 => u64::from(is_single_segment),
            log => 1 << log,
        };
        source.take(dictionary_size).read_to_end(&mut bytes)?;
        let start = bytes.len();
        source.take(size_length).read_to_end(&mut bytes)?;
        let field = bytes.get(start..).unwrap_or_default();
        if field.len() as u64 != size_length {
            return Err(Error::Truncated);
        }
        let mut size = [0; 8];
        size.iter_mut()
            .zip(field)
            .for_each(|(to, from)| *to = *from);
        // The field of 2 bytes counts from 256 on.
        let base = if size_length == 2 { 256 } else { 0 };
        let content_size = (size_length > 0).then(|| u64::from_le_bytes(size).saturating_add(base));
        if is_single_segment {
            window = content_size.unwrap_or_default();
        }
        Ok(Header {
            bytes,
            window,
            has_checksum: descriptor & 1 << 2 != 0,
            content_size,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(rest: &[u8]) -> Result<Header, String> {
        let frame = [b"\x28\xb5\x2f\xfd", rest].concat();
        Header::read(&mut Source::new(&frame[..])).map_err(|error| error.to_string())
    }

    fn window(rest: &[u8]) -> Result<u64, String> {
        header(rest).map(|header| header.window)
    }

    #[test]
    fn reads_window_and_content_size() {
        assert_eq!(window(&[0, 17 << 3]), Ok(128 << 20));
        assert_eq!(window(&[0, 17 << 3 | 1]), Ok(144 << 20));
        assert_eq!(window(&[0, 0xff]), Ok(15 << 38));
        assert_eq!(header(&[0, 0]).unwrap().content_size, None);
        let sized = header(&[0x40, 0, 1, 1]).unwrap();
        assert_eq!((sized.window, sized.content_size), (1024, Some(513)));
        // A single segment: its size is the window, with a dictionary of 0 to 4 bytes in front.
        assert_eq!(window(&[0x20, 7]), Ok(7));
        assert_eq!(window(&[0xa3, 9, 9, 9, 9, 1, 0, 0, 8]), Ok((128 << 20) + 1));
        let huge = [&[0xe0][..], &[0xff; 8]].concat();
        assert_eq!(window(&huge), Ok(u64::MAX));
    }

    #[test]
    fn rejects_reserved_bits_and_truncated_headers() {
        assert!(window(&[8, 0]).unwrap_err().contains("reserved"));
        for bytes in [&[][..], &[0], &[0x20], &[0xe3, 0, 0, 0, 0, 0]] {
            assert!(window(bytes).unwrap_err().contains("truncated"));
        }
    }

    #[test]
    fn limits_the_window() {
        let limits = Limits::with_memory(384 << 20);
        let open = |byte| {
            let frame = [0x28, 0xb5, 0x2f, 0xfd, 0, byte];
            ZstdReader::new(Source::new(&frame[..]), limits).map(|_| ())
        };
        open(17 << 3).unwrap();
        let text = open(17 << 3 | 1).unwrap_err().to_string();
        assert!(
            text.contains("144 MiB") && text.contains("128 MiB"),
            "{text}"
        );
    }
}
