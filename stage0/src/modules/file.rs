//! Loads one module file.

use std::ffi::{CStr, CString};
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
    /// The kernel rejects the module.
    Kernel(Errno),
}

/// Loads the module in this file with `parameters`, which are separated by spaces. A module that is
/// already loaded is not an error.
pub fn load(path: &Path, parameters: &str) -> Result<(), LoadError> {
    let parameters = CString::new(parameters).map_err(|_| LoadError::Kernel(Errno::EINVAL))?;
    let compression = Compression::from_path(path);
    if compression.is_none_or(is_supported_by_kernel) {
        let flags = match compression {
            Some(_) => COMPRESSED_FILE,
            None => ModuleInitFlags::empty(),
        };
        match init_module(open(path)?, &parameters, flags) {
            // The kernel does not support every option of a compression, such as CRC64 of xz.
            Err(Errno::EINVAL | Errno::EOPNOTSUPP | Errno::ENOMEM) if compression.is_some() => {}
            result => return result.map_err(LoadError::Kernel),
        }
    }
    let file = match compression {
        Some(compression) => decompress_to_memfd(compression, open(path)?)
            .map_err(|error| LoadError::Decompress(compression, error))?,
        None => open(path)?,
    };
    init_module(file, &parameters, ModuleInitFlags::empty()).map_err(LoadError::Kernel)
}

fn open(path: &Path) -> Result<File, LoadError> {
    File::open(path).map_err(LoadError::Read)
}

fn init_module(file: File, parameters: &CStr, flags: ModuleInitFlags) -> Result<(), Errno> {
    match finit_module(file, parameters, flags) {
        Ok(()) | Err(Errno::EEXIST) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether the kernel can decompress this itself. It is built for one compression, or for none.
fn is_supported_by_kernel(compression: Compression) -> bool {
    fs::read_to_string("/sys/module/compression")
        .is_ok_and(|name| name.trim() == compression.name())
}

/// Decompresses into a memfd, so that the module is never in this process's own memory.
fn decompress_to_memfd(compression: Compression, file: File) -> io::Result<File> {
    let mut memory = File::from(memfd_create(c"module", MFdFlags::MFD_CLOEXEC)?);
    compression.decompress(file, &mut memory)?;
    // finit_module(2) fails with ETXTBSY for a file that is open for writing.
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
            Errno::ENOENT => write!(f, "; unresolved symbol, which the kernel's log names"),
            Errno::ENOEXEC => write!(f, "; not a module for this kernel; see the kernel's log"),
            Errno::ENOKEY | Errno::EKEYREJECTED => {
                write!(f, "; the kernel requires a valid signature")
            }
            _ => write!(f, "; see the kernel's log"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use temp_dir::TempDir;

    #[test]
    fn rejects_missing_files() {
        let error = load(Path::new("/nowhere/a.ko"), "").unwrap_err();
        assert!(error.to_string().starts_with("No such file"), "{error}");
    }

    #[test]
    fn rejects_invalid_compressed_data() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "plain text").unwrap();
        for compression in [Compression::Gzip, Compression::Xz, Compression::Zstd] {
            let file = File::open(&path).unwrap();
            assert!(
                decompress_to_memfd(compression, file).is_err(),
                "{compression:?}"
            );
        }
    }

    #[test]
    fn decompressed_module_is_read_only() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("a");
        // An empty gzip file: RFC 1952.
        let empty = [
            31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        fs::write(&path, empty).unwrap();
        let file = File::open(&path).unwrap();
        let mut memory = decompress_to_memfd(Compression::Gzip, file).unwrap();
        assert_eq!(memory.read(&mut [0]).unwrap(), 0);
        assert!(memory.write(b"a").is_err());
    }

    #[test]
    fn explains_unresolved_symbols() {
        let text = LoadError::Kernel(Errno::ENOENT).to_string();
        assert!(text.contains("symbol"), "{text}");
        assert!(text.contains("the kernel's log names"), "{text}");
    }
}
