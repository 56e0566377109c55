//! Decompresses gzip like the kernel's `module_gzip_decompress()` in `kernel/module/decompress.c`.
//!
//! flate2's own gzip decoder adds 25 KB of code and tables for a checksum that the kernel does not
//! verify either.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use flate2::bufread::DeflateDecoder;

/// Returns a reader of the file's decompressed content.
pub fn decoder(file: File) -> io::Result<DeflateDecoder<BufReader<File>>> {
    let mut file = BufReader::new(file);
    skip_header(&mut file)?;
    Ok(DeflateDecoder::new(file))
}

/// Skips the header. Source of the format: RFC 1952, section 2.3. Of the optional fields, only the
/// name is supported: gzip writes no other.
fn skip_header(from: &mut impl BufRead) -> io::Result<()> {
    const HAS_NAME: u8 = 8;
    let mut header = [0; 10];
    from.read_exact(&mut header)?;
    let [31, 139, 8, flags @ (0 | HAS_NAME), ..] = header else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "unsupported gzip header",
        ));
    };
    if flags & HAS_NAME != 0 {
        from.skip_until(0)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(mut bytes: &[u8]) -> Option<&[u8]> {
        skip_header(&mut bytes).ok().map(|()| bytes)
    }

    #[test]
    fn skips_the_header_and_a_name() {
        assert_eq!(rest(b"\x1f\x8b\x08\0......rest"), Some(&b"rest"[..]));
        let named = b"\x1f\x8b\x08\x08......name\0rest";
        assert_eq!(rest(named), Some(&b"rest"[..]));
    }

    #[test]
    fn rejects_other_headers() {
        for bytes in [
            &b""[..],
            b"\x1f\x8b\x08\0.....",
            b"\x1f\x8b\x08\x04......",
            b"\x1f\x8b\x07\0......",
            b"not gzip at all",
        ] {
            assert_eq!(rest(bytes), None);
        }
    }
}
