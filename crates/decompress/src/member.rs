//! One member of a stream: a gzip member, an xz or bzip2 stream, a zstd or lz4 frame.

use std::io::{BufRead, Read};

use bzip2::bufread::BzDecoder;
use flate2::bufread::GzDecoder;

use crate::lz4::Lz4Reader;
use crate::lz4_legacy::Lz4LegacyReader;
use crate::source::Source;
use crate::xz::XzReader;
use crate::zstd::ZstdReader;
use crate::{Error, Format, Limits};

/// A reader of the content of one member.
pub(crate) trait Member<R>: Read {
    /// Returns the source at the end of the member, after its end was read.
    fn into_source(self: Box<Self>) -> Source<R>;
}

/// Starts to read the member at the beginning of `source`.
pub(crate) fn start<'a, R: BufRead + 'a>(
    format: Format,
    source: Source<R>,
    limits: Limits,
) -> Result<Box<dyn Member<R> + 'a>, Error> {
    Ok(match format {
        Format::Gzip => Box::new(GzDecoder::new(source)),
        Format::Xz => Box::new(XzReader::new(source, limits)?),
        Format::Zstd => Box::new(ZstdReader::new(source, limits)?),
        Format::Lz4 => Box::new(Lz4Reader::new(source)),
        Format::Lz4Legacy => Box::new(Lz4LegacyReader::new(source)),
        Format::Bzip2 => Box::new(BzDecoder::new(source)),
    })
}

impl<R: BufRead> Member<R> for GzDecoder<Source<R>> {
    fn into_source(self: Box<Self>) -> Source<R> {
        self.into_inner()
    }
}

impl<R: BufRead> Member<R> for BzDecoder<Source<R>> {
    fn into_source(self: Box<Self>) -> Source<R> {
        self.into_inner()
    }
}
