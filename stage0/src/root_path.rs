//! Paths in a root file system that is not the root yet: absolute links and `..` stay inside it.

use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};

/// Resolves `path` inside `root` and opens the result with `O_PATH`. Requires Linux 5.6 (openat2(2)).
pub fn open(root: &Path, path: &Path) -> io::Result<File> {
    let directory = File::options()
        .read(true)
        .custom_flags(OFlag::O_DIRECTORY.bits())
        .open(root)?;
    let how = OpenHow::new()
        .flags(OFlag::O_PATH | OFlag::O_CLOEXEC)
        .resolve(ResolveFlag::RESOLVE_IN_ROOT);
    Ok(openat2(directory, path, how)?.into())
}

/// A path of an open file, for system calls that take only paths.
pub fn fd_path(file: &File) -> PathBuf {
    use std::os::fd::AsRawFd;
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

/// Whether `path` in `root` is a regular file that may be executed.
pub fn is_executable(root: &Path, path: &str) -> io::Result<bool> {
    let metadata = open(root, Path::new(path))?.metadata()?;
    Ok(metadata.is_file() && metadata.mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use temp_dir::TempDir;

    #[test]
    fn resolves_links_inside_the_root() {
        let dir = TempDir::new().unwrap();
        let root = dir.path();
        fs::create_dir(root.join("usr")).unwrap();
        fs::write(root.join("usr/real"), "inside").unwrap();
        symlink("/usr/real", root.join("absolute")).unwrap();
        symlink("../../../usr/real", root.join("usr/relative")).unwrap();
        symlink("/etc/passwd", root.join("outside")).unwrap();
        for path in ["/usr/real", "/absolute", "usr/relative"] {
            let file = open(root, Path::new(path)).unwrap();
            assert_eq!(fs::read_to_string(fd_path(&file)).unwrap(), "inside");
        }
        let error = open(root, Path::new("/outside")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn only_regular_files_with_mode_x_are_executable() {
        let dir = TempDir::new().unwrap();
        let root = dir.path();
        let file = root.join("file");
        fs::write(&file, "").unwrap();
        fs::create_dir(root.join("directory")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(!is_executable(root, "/file").unwrap());
        assert!(!is_executable(root, "/directory").unwrap());
        assert!(is_executable(root, "/nothing").is_err());
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(is_executable(root, "/file").unwrap());
    }
}
