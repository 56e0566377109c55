//! Checks the headers of compressed archives for what the kernel does not support, before the decoders
//! read them.

use std::io::Read;

use super::error::Cause;
use crate::Format;

/// Reads the header of a compressed archive, checks it and returns it.
pub(super) fn read_header(format: Format, source: &mut impl Read) -> Result<Vec<u8>, Cause> {
    match format {
        Format::Gzip => read_gzip(source),
        Format::Xz => read_xz(source),
        _ => Ok(Vec::new()),
    }
}

/// RFC 1952, section 2.3. Of the optional fields, the kernel supports only the name
/// (`lib/decompress_inflate.c`).
fn read_gzip(source: &mut impl Read) -> Result<Vec<u8>, Cause> {
    const CHECKSUM_EXTRA_OR_COMMENT: u8 = 0b1_0110;
    let header = read_array::<4>(source)?;
    let [.., flags] = header;
    if flags & CHECKSUM_EXTRA_OR_COMMENT != 0 {
        return Err(Cause::GzipFields);
    }
    Ok(header.to_vec())
}

/// "The .xz File Format", section 2.1.1, and that of the first block in section 3.1. The kernel supports only
/// these checks and filters (`lib/xz/xz_dec_stream.c`).
fn read_xz(source: &mut impl Read) -> Result<Vec<u8>, Cause> {
    let stream = read_array::<12>(source)?;
    match stream[7] {
        0 | 1 => {}
        4 => return Err(Cause::XzCheck("CRC64")),
        10 => return Err(Cause::XzCheck("SHA-256")),
        _ => return Err(Cause::XzCheck("unknown")),
    }
    let mut header = stream.to_vec();
    let [size] = read_array::<1>(source)?;
    // With its own byte; 0 is the index of an empty stream.
    header.push(size);
    if size > 0 {
        let mut block = vec![0; usize::from(size) * 4 + 3];
        source.read_exact(&mut block)?;
        if !has_supported_filters(&block) {
            return Err(Cause::XzFilter);
        }
        header.extend(block);
    }
    Ok(header)
}

/// Whether the header of a block, after its size, has at most one filter for machine code before LZMA2, and
/// that without a start offset.
fn has_supported_filters(block: &[u8]) -> bool {
    const TWO_SIZES: u8 = 0xc0;
    const TWO_FILTERS: u8 = 1;
    const X86: u8 = 4;
    const RISCV: u8 = 11;
    let Some((flags, mut rest)) = block.split_first() else {
        return false;
    };
    if flags & !(TWO_SIZES | TWO_FILTERS) != 0 {
        return false;
    }
    for _ in 0..(flags & TWO_SIZES).count_ones() {
        // A number whose last byte is below 128.
        let end = rest.iter().position(|byte| *byte < 0x80);
        rest = end.and_then(|end| rest.get(end + 1..)).unwrap_or_default();
    }
    flags & TWO_FILTERS == 0 || matches!(rest, [X86..=RISCV, 0, ..])
}

fn read_array<const LENGTH: usize>(source: &mut impl Read) -> Result<[u8; LENGTH], Cause> {
    let mut bytes = [0; LENGTH];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: Format, bytes: &[u8]) -> Result<usize, String> {
        read_header(format, &mut &bytes[..])
            .map(|header| header.len())
            .map_err(|cause| cause.to_string())
    }

    fn assert_error(format: Format, bytes: &[u8], words: &str) {
        let error = check(format, bytes).unwrap_err();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn rejects_gzip_with_fields_that_the_kernel_does_not_skip() {
        assert_eq!(check(Format::Gzip, b"\x1f\x8b\x08\x09......name\0"), Ok(4));
        for flags in [2, 4, 16] {
            assert_error(Format::Gzip, &[0x1f, 0x8b, 8, flags], "extra field");
        }
    }

    #[test]
    fn rejects_checks_of_xz_that_the_kernel_does_not_support() {
        let header = |check| [0xfd, b'7', b'z', b'X', b'Z', 0, 0, check, 0, 0, 0, 0, 0];
        assert_eq!(check(Format::Xz, &header(0)), Ok(13));
        assert_eq!(check(Format::Xz, &header(1)), Ok(13));
        assert_error(Format::Xz, &header(4), "CRC64");
        assert_error(Format::Xz, &header(10), "SHA-256");
        assert_error(Format::Xz, &header(5), "unknown");
    }

    #[test]
    fn rejects_filters_of_xz_that_the_kernel_does_not_support() {
        // Flags, sizes, and each filter's id, size of properties and properties.
        for (block, expected) in [
            (&[0x00, 0x21, 1, 22][..], true),
            (&[0xc0, 0x81, 1, 2, 0x21, 1, 22], true),
            (&[0x01, 4, 0, 0x21, 1, 22], true),
            (&[0x41, 0x80, 1, 10, 0, 0x21, 1, 22], true),
            (&[0x01, 3, 1, 0, 0x21, 1, 22], false), // delta
            (&[0x01, 4, 4, 0, 16, 0, 0, 0x21, 1, 22], false), // a start offset
            (&[0x02, 4, 0, 7, 0, 0x21, 1, 22], false), // three filters
            (&[0x04, 0x21, 1, 22], false),
            (&[0x81], false),
        ] {
            assert_eq!(has_supported_filters(block), expected, "{block:?}");
        }
    }

    #[test]
    fn truncated_headers_are_errors() {
        for (format, bytes) in [
            (Format::Gzip, &b"\x1f\x8b\x08"[..]),
            (Format::Xz, b"\xfd7zXZ\0\0"),
        ] {
            assert_error(format, bytes, "truncated");
        }
    }
}
