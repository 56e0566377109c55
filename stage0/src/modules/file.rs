//! Loading one module's file.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use nix::errno::Errno;
use nix::kmod::{ModuleInitFlags, finit_module};
use nix::sys::memfd::{MFdFlags, memfd_create};

use super::compression::Compression;

/// `MODULE_INIT_COMPRESSED_FILE` of the kernel's `include/uapi/linux/module.h`.
const COMPRESSED_FILE: ModuleInitFlags = ModuleInitFlags::from_bits_retain(4);

/// Why a module could not be loaded.
#[derive(Debug)]
pub enum LoadError {
    /// The file cannot be read.
    Read(io::Error),
    /// The file cannot be decompressed.
    Decompress(Compression, io::Error),
    /// The kernel does not take it.
    Kernel(Errno),
}

/// Loads the module in this file. That it is there already is fine.
pub fn load(path: &Path) -> Result<(), LoadError> {
    let file = File::open(path).map_err(LoadError::Read)?;
    let (file, flags) = match Compression::of(path) {
        Some(compression) if is_known_to_kernel(compression) => (file, COMPRESSED_FILE),
        Some(compression) => {
            let file = decompressed(compression, file)
                .map_err(|error| LoadError::Decompress(compression, error))?;
            (file, ModuleInitFlags::empty())
        }
        None => (file, ModuleInitFlags::empty()),
    };
    match finit_module(file, c"", flags) {
        Ok(()) | Err(Errno::EEXIST) => Ok(()),
        Err(error) => Err(LoadError::Kernel(error)),
    }
}

/// Does the kernel decompress this itself? It was built for one kind, or for none.
fn is_known_to_kernel(compression: Compression) -> bool {
    fs::read_to_string("/sys/module/compression")
        .is_ok_and(|name| name.trim() == compression.name())
}

/// What was compressed, as a file in memory: of the kernel's, not of this process.
fn decompressed(compression: Compression, file: File) -> io::Result<File> {
    let mut memory = File::from(memfd_create(c"module", MFdFlags::MFD_CLOEXEC)?);
    compression.decompress(file, &mut memory)?;
    // The kernel takes no module from a file that is open for writing.
    File::open(format!("/proc/self/fd/{}", memory.as_raw_fd()))
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = match self {
            LoadError::Read(error) => return write!(f, "{error}"),
            LoadError::Decompress(compression, error) => {
                return write!(f, "not valid {}: {error}", compression.name());
            }
            LoadError::Kernel(error) => error,
        };
        write!(f, "{error}")?;
        match error {
            Errno::ENOENT => write!(
                f,
                "; it needs a symbol that the kernel does not have, which the kernel's log names"
            ),
            Errno::ENOEXEC => write!(
                f,
                "; it is no module for this kernel, and the kernel's log says why"
            ),
            Errno::ENOKEY | Errno::EKEYREJECTED => {
                write!(f, "; the kernel takes only modules that are signed for it")
            }
            _ => write!(f, "; the kernel's log may say more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use temp_dir::TempDir;

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        let error = load(Path::new("/nowhere/a.ko")).unwrap_err();
        assert!(error.to_string().starts_with("No such file"), "{error}");
    }

    #[test]
    fn what_is_not_compressed_as_its_name_says_is_an_error() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "no module").unwrap();
        for compression in [Compression::Gzip, Compression::Xz, Compression::Zstd] {
            let file = File::open(&path).unwrap();
            assert!(decompressed(compression, file).is_err(), "{compression:?}");
        }
    }

    #[test]
    fn a_decompressed_module_cannot_be_written_to() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("a");
        // An empty gzip file: RFC 1952.
        let empty = [
            31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        fs::write(&path, empty).unwrap();
        let file = File::open(&path).unwrap();
        let mut memory = decompressed(Compression::Gzip, file).unwrap();
        assert_eq!(memory.read(&mut [0]).unwrap(), 0);
        assert!(memory.write(b"a").is_err());
    }

    #[test]
    fn a_missing_symbol_is_explained() {
        let text = LoadError::Kernel(Errno::ENOENT).to_string();
        assert!(text.contains("symbol"), "{text}");
        assert!(text.contains("the kernel's log names"), "{text}");
    }
}
