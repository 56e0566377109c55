//! How a module's file is compressed, and undoing it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;

use super::gzip;

/// What compresses modules; the kernel names them so in `/sys/module/compression`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    Gzip,
    Xz,
    Zstd,
}

impl Compression {
    /// By the end of the file's name; none is not compressed.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "gz" => Some(Compression::Gzip),
            "xz" => Some(Compression::Xz),
            "zst" => Some(Compression::Zstd),
            _ => None,
        }
    }

    /// The kernel's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Compression::Gzip => "gzip",
            Compression::Xz => "xz",
            Compression::Zstd => "zstd",
        }
    }

    /// Writes what was compressed, without holding all of it in memory.
    pub fn decompress(self, file: File, to: &mut dyn Write) -> io::Result<()> {
        let mut from: Box<dyn Read> = match self {
            Compression::Gzip => Box::new(gzip::decoder(file)?),
            Compression::Xz => Box::new(XzReader::new(file, true)),
            Compression::Zstd => Box::new(StreamingDecoder::new(file).map_err(io::Error::other)?),
        };
        io::copy(&mut from, to).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};
    use temp_dir::TempDir;

    #[test]
    fn the_name_says_how() {
        let of = |name| Compression::of(Path::new(name));
        assert_eq!(of("a.ko.gz"), Some(Compression::Gzip));
        assert_eq!(of("a.ko.xz"), Some(Compression::Xz));
        assert_eq!(of("a.ko.zst"), Some(Compression::Zstd));
        assert_eq!((of("a.ko"), of("a")), (None, None));
    }

    /// What the usual program makes of this file is undone.
    fn check(compression: Compression, program: &str, arguments: &[&str]) {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("file");
        let mut original = std::fs::read("/proc/self/exe").unwrap();
        original.truncate(2 << 20); // More than a dictionary, and soon done.
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
        // Half of it is an error, not half a module.
        std::fs::write(&path, &compressed.stdout[..compressed.stdout.len() / 2]).unwrap();
        assert!(compression.decompress(file(), &mut io::sink()).is_err());
    }

    #[test]
    fn gzip_is_undone() {
        check(Compression::Gzip, "gzip", &["-c"]);
    }

    /// As the kernel's `scripts/Makefile.modinst` calls it.
    #[test]
    fn xz_is_undone() {
        check(
            Compression::Xz,
            "xz",
            &["-c", "--check=crc32", "--lzma2=dict=1MiB"],
        );
    }

    /// What `zstd -19` made of one word six times. Not every machine that builds this has zstd.
    #[test]
    fn zstd_is_undone() {
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
