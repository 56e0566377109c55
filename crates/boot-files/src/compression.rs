//! Decompresses kernels.

use std::io::{self, BufReader, Read};

use decompress::{Format, Limits, member_reader};
use read_at::{Cursor, ReadAt};

use crate::Error;

/// Bytes that are read from a layer at once: requests over a network should not be small.
const PIECE: usize = 128 << 10;

/// Returns the decompressed content of the stream that `file` begins with. What follows is ignored: some
/// kernels have device trees or their size there.
pub(crate) fn reader<'a>(
    format: Format,
    file: impl ReadAt + 'a,
) -> Result<Box<dyn Read + 'a>, Error> {
    let input = BufReader::with_capacity(PIECE, Cursor::new(file));
    // The default limit of memory admits `zstd -22`, with which the kernel is compressed.
    let reader = member_reader(format, input, Limits::default());
    reader.map_err(|error| stream_error(error.into()))
}

/// Converts an error of a reader: the decompressor reports invalid streams, the layer below everything else.
pub(crate) fn stream_error(error: io::Error) -> Error {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, OutOfMemory, UnexpectedEof};
    match error.kind() {
        InvalidData | InvalidInput | Other | OutOfMemory | UnexpectedEof => {
            Error::Decompress(error.to_string())
        }
        _ => Error::Read(error),
    }
}
