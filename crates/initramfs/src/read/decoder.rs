//! Decompresses archives.

use std::io::{BufRead, Cursor, Read};

use decompress::{Error, Limits, member_reader};

use super::error::Cause;
use super::frame::read_header;
use crate::Format;

/// Archives of `xz -9` need 65 MiB. The window of zstd is limited by the kernel: `ZSTD_WINDOWSIZE_MAX` in
/// `lib/decompress_unzstd.c`.
const LIMITS: Limits = Limits {
    xz: 100 << 20,
    zstd_window: 128 << 20,
};

/// Returns a reader of the decompressed content of `source`. It reads up to the end of one compressed
/// stream, and not a byte more.
pub(super) fn decoder<'a>(
    format: Format,
    mut source: impl BufRead + 'a,
) -> Result<Box<dyn Read + 'a>, Cause> {
    let header = read_header(format, &mut source)?;
    let source = Cursor::new(header).chain(source);
    let reader = match format {
        Format::Gzip => member_reader(decompress::Format::Gzip, source, LIMITS),
        Format::Xz => member_reader(decompress::Format::Xz, source, LIMITS),
        Format::Zstd => member_reader(decompress::Format::Zstd, source, LIMITS),
        Format::Lz4Legacy => member_reader(decompress::Format::Lz4Legacy, source, LIMITS),
        Format::Lz4 => return Err(Cause::Lz4Frame),
        Format::Cpio | Format::Bzip2 | Format::Lzma | Format::Lzo => {
            return Err(Cause::Unsupported(format));
        }
    };
    reader.map_err(|error| match error {
        Error::ZstdReserved => Cause::ZstdReserved,
        Error::ZstdWindow { window, .. } => Cause::ZstdWindow(window),
        error => std::io::Error::from(error).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_the_window_of_zstd() {
        let open = |rest: &[u8]| {
            let frame = [b"\x28\xb5\x2f\xfd", rest].concat();
            let reader = decoder(Format::Zstd, Cursor::new(frame));
            reader.map(|_| ()).map_err(|cause| cause.to_string())
        };
        assert_eq!(open(&[0, 17 << 3]), Ok(()));
        let error = open(&[0, 17 << 3 | 1]).unwrap_err();
        assert!(error.contains("150994944 bytes"), "{error}");
        assert!(open(&[8, 0]).unwrap_err().contains("reserved"));
        assert!(open(&[0x20]).unwrap_err().contains("truncated"));
    }
}
