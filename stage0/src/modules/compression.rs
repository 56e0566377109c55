//! Compression of module files.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use lzma_rust2::XzReader;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::gzip;

/// The compressions that the kernel supports for modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    Gzip,
    Xz,
    Zstd,
}

impl Compression {
    /// The compression according to the file's suffix; `None` if the file is not compressed.
    pub fn from_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "gz" => Some(Compression::Gzip),
            "xz" => Some(Compression::Xz),
            "zst" => Some(Compression::Zstd),
            _ => None,
        }
    }

    /// The name in `/sys/module/compression`.
    pub fn name(self) -> &'static str {
        match self {
            Compression::Gzip => "gzip",
            Compression::Xz => "xz",
            Compression::Zstd => "zstd",
        }
    }

    /// Decompresses `file` into `to` as a stream, without holding all of it in memory.
    pub fn decompress(self, file: File, to: &mut dyn Write) -> io::Result<()> {
        let mut from: Box<dyn Read> = match self {
            Compression::Gzip => Box::new(gzip::decoder(file)?),
            Compression::Xz => Box::new(XzReader::new(file, true)),
            Compression::Zstd => Box::new(zstd_decoder(file)?),
        };
        io::copy(&mut from, to).map(|_| ())
    }
}

/// Returns a reader of the file's decompressed content.
///
/// The decoder is initialized twice, because only the second time it reserves memory for the window and
/// limits its size. Otherwise it copies the window each time that it grows, and has it in memory twice.
fn zstd_decoder(mut file: File) -> io::Result<StreamingDecoder<File, FrameDecoder>> {
    let mut decoder = FrameDecoder::new();
    decoder.init(&mut file).map_err(io::Error::other)?;
    file.rewind()?;
    StreamingDecoder::new_with_decoder(file, decoder).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};
    use temp_dir::TempDir;

    #[test]
    fn suffix_determines_compression() {
        let detect = |name| Compression::from_path(Path::new(name));
        assert_eq!(detect("a.ko.gz"), Some(Compression::Gzip));
        assert_eq!(detect("a.ko.xz"), Some(Compression::Xz));
        assert_eq!(detect("a.ko.zst"), Some(Compression::Zstd));
        assert_eq!((detect("a.ko"), detect("a")), (None, None));
    }

    /// Compresses a file with `program`, and asserts that decompressing restores it.
    fn check(compression: Compression, program: &str, arguments: &[&str]) {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("file");
        let mut original = std::fs::read("/proc/self/exe").unwrap();
        original.truncate(2 << 20); // Larger than the dictionary, but small enough to be fast.
        std::fs::write(&path, &original).unwrap();
        let compressed = Command::new(program)
            .args(arguments)
            .stdin(File::open(&path).unwrap())
            .stderr(Stdio::inherit())
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}; install it"));
        assert!(compressed.status.success());
        std::fs::write(&path, &compressed.stdout).unwrap();
        let mut found = Vec::new();
        let file = || File::open(&path).unwrap();
        compression.decompress(file(), &mut found).unwrap();
        assert!(found == original);
        // Truncated input must be an error, or the kernel would get half a module.
        std::fs::write(&path, &compressed.stdout[..compressed.stdout.len() / 2]).unwrap();
        assert!(compression.decompress(file(), &mut io::sink()).is_err());
    }

    #[test]
    fn decompresses_gzip() {
        check(Compression::Gzip, "gzip", &["-c"]);
    }

    /// With the options of the kernel's `scripts/Makefile.modinst`.
    #[test]
    fn decompresses_xz() {
        check(
            Compression::Xz,
            "xz",
            &["-c", "--check=crc32", "--lzma2=dict=1MiB"],
        );
    }

    /// The input is the output of `zstd -19` for one word repeated six times: not every build machine
    /// has zstd.
    #[test]
    fn decompresses_zstd() {
        const COMPRESSED: [u8; 27] = [
            0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x68, 0x75, 0x00, 0x00, 0x40, 0x6d, 0x6f, 0x64, 0x75,
            0x6c, 0x65, 0x20, 0x0a, 0x01, 0x00, 0x72, 0x8a, 0x11, 0xa0, 0x8d, 0xbe, 0x14,
        ];
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("file");
        let decompress = |bytes: &[u8], to: &mut Vec<u8>| {
            std::fs::write(&path, bytes).unwrap();
            Compression::Zstd.decompress(File::open(&path).unwrap(), to)
        };
        let mut found = Vec::new();
        decompress(&COMPRESSED, &mut found).unwrap();
        let expected = format!("{}\n", ["module"; 6].join(" "));
        assert_eq!(String::from_utf8(found).unwrap(), expected);
        for length in 0..COMPRESSED.len() - 4 {
            let result = decompress(&COMPRESSED[..length], &mut Vec::new());
            assert!(result.is_err(), "{length}");
        }
    }
}
