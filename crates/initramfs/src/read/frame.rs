//! Checks the headers of compressed archives for what the kernel does not support, and limits the
//! memory that decompression takes, before the decoders read them.

use std::io::Read;

use super::error::Cause;
use crate::Format;

/// The kernel's limit for the window of a zstd frame in bytes: `ZSTD_WINDOWSIZE_MAX` in
/// `lib/decompress_unzstd.c`.
const MAX_ZSTD_WINDOW: u64 = 128 << 20;

/// Reads the header of a compressed archive, checks it and returns it.
pub(super) fn read_header(format: Format, source: &mut impl Read) -> Result<Vec<u8>, Cause> {
    match format {
        Format::Gzip => read_gzip(source),
        Format::Xz => read_xz(source),
        Format::Zstd => read_zstd(source),
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

/// RFC 8878, section 3.1.1.1.
fn read_zstd(source: &mut impl Read) -> Result<Vec<u8>, Cause> {
    let mut header = read_array::<5>(source)?.to_vec();
    let descriptor = header.last().copied().unwrap_or_default();
    if descriptor & 1 << 3 != 0 {
        return Err(Cause::ZstdReserved);
    }
    let is_single_segment = descriptor & 1 << 5 != 0;
    let window = if is_single_segment {
        let dictionary_size = [0, 1, 2, 4][usize::from(descriptor & 3)];
        let size_length = [1, 2, 4, 8][usize::from(descriptor >> 6)];
        let mut bytes = vec![0; dictionary_size + size_length];
        source.read_exact(&mut bytes)?;
        header.extend(&bytes);
        let mut size = [0; 8];
        for (place, byte) in size.iter_mut().zip(bytes.iter().skip(dictionary_size)) {
            *place = *byte;
        }
        u64::from_le_bytes(size)
    } else {
        let [byte] = read_array::<1>(source)?;
        header.push(byte);
        let base = 1_u64 << (10 + (byte >> 3));
        base + base / 8 * u64::from(byte & 7)
    };
    if window > MAX_ZSTD_WINDOW {
        return Err(Cause::ZstdWindow(window));
    }
    Ok(header)
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
    fn limits_the_window_of_zstd() {
        let frame = |rest: &[u8]| [b"\x28\xb5\x2f\xfd", rest].concat();
        assert_eq!(check(Format::Zstd, &frame(&[0, 17 << 3])), Ok(6));
        assert_error(Format::Zstd, &frame(&[0, 17 << 3 | 1]), "150994944 bytes");
        assert_error(Format::Zstd, &frame(&[0, 0xff]), "window");
        assert_error(Format::Zstd, &frame(&[8, 0]), "reserved");
        // A single segment: its size is the window, with a dictionary of 0 to 4 bytes in front.
        let single = |size: u32| [&[0xa3, 0, 0, 0, 0][..], &size.to_le_bytes()].concat();
        assert_eq!(check(Format::Zstd, &frame(&single(128 << 20))), Ok(13));
        assert_error(
            Format::Zstd,
            &frame(&single((128 << 20) + 1)),
            "134217729 bytes",
        );
        let huge = [&[0xe0][..], &[0xff; 8]].concat();
        assert_error(Format::Zstd, &frame(&huge), "window");
    }

    #[test]
    fn truncated_headers_are_errors() {
        for (format, bytes) in [
            (Format::Gzip, &b"\x1f\x8b\x08"[..]),
            (Format::Xz, b"\xfd7zXZ\0\0"),
            (Format::Zstd, b"\x28\xb5\x2f\xfd\0"),
            (Format::Zstd, b"\x28\xb5\x2f\xfd\x20"),
        ] {
            assert_error(format, bytes, "truncated");
        }
    }
}
