//! Replaces a file atomically.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{self as unix_fs, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, getxattr, linkat, open};
use tempfile::NamedTempFile;

use crate::{Cause, Error};

/// The prefix of the names of temporary files.
pub(super) const PREFIX: &str = ".fastboop-";

/// Writes `bytes` to an [`AtomicFile`] at `path`.
pub fn write_atomic(path: &Path, bytes: &[u8], executable: bool) -> Result<(), Error> {
    let mut file = AtomicFile::create(path, executable)?;
    file.write_all(bytes)
        .map_err(|error| Error::new(path, Cause::Write(error)))?;
    file.commit()
}

/// A file that appears at its path only when it is complete, and replaces an existing regular file or
/// symbolic link to one.
///
/// The content is written to a temporary file in the same directory, which [`AtomicFile::commit`] renames.
/// So at any time, also after a crash of the system, the path has either the old or the complete new content.
/// Dropping an `AtomicFile` without committing it removes the temporary file. It has no name before it is
/// committed, if the file system supports that, so a program that is killed leaves no file;
/// [`is_temporary`](super::is_temporary) recognizes the others.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    directory: PathBuf,
    temporary: Temporary,
}

impl AtomicFile {
    /// Creates the temporary file, with mode 0755 if `executable` is set, or else 0644, less the umask.
    ///
    /// If a file is replaced, its permissions to read and write are kept: a secret file stays secret. The
    /// owner is the user of this process, and who may read may also execute if `executable` is set. An access
    /// control list is not kept, nor a group that this process cannot set; the group then has no permissions.
    ///
    /// Fails if `path` is a directory or a special file (so `/dev/null` is never replaced), or if no file can
    /// be created in its directory.
    pub fn create(path: &Path, executable: bool) -> Result<Self, Error> {
        Self::create_inner(path, executable).map_err(|cause| Error::new(path, cause))
    }

    fn create_inner(path: &Path, executable: bool) -> Result<Self, Cause> {
        let replaced = match fs::metadata(path) {
            Ok(found) if found.is_dir() => return Err(Cause::Directory),
            Ok(found) if !found.is_file() => return Err(Cause::Special),
            Ok(found) => Some(found),
            // An absent file is fine; creating the temporary file reports an unreachable directory.
            Err(_) => None,
        };
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mode = match replaced {
            // Until it has the group and the mode of the replaced file.
            Some(_) => 0o600,
            None if executable => 0o755,
            None => 0o644,
        };
        let temporary = Temporary::create(directory, mode).map_err(Cause::Write)?;
        if let Some(replaced) = replaced {
            keep_permissions(temporary.file(), path, &replaced, executable)
                .map_err(Cause::Write)?;
        }
        Ok(AtomicFile {
            path: path.to_owned(),
            directory: directory.to_owned(),
            temporary,
        })
    }

    /// Writes the temporary file to the disk and renames it to its final path.
    pub fn commit(self) -> Result<(), Error> {
        self.temporary
            .persist(&self.directory, &self.path)
            .map_err(|error| Error::new(&self.path, Cause::Write(error)))?;
        sync_directory(&self.directory).map_err(|error| Error::new(&self.path, Cause::Sync(error)))
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.file().flush()
    }
}

/// Gives `file` the group and the mode of the file at `path`, whose metadata is `replaced`.
fn keep_permissions(
    file: &File,
    path: &Path,
    replaced: &Metadata,
    executable: bool,
) -> io::Result<()> {
    let mut mode = kept_mode(replaced.mode(), executable);
    let has_group = file.metadata()?.gid() == replaced.gid()
        || unix_fs::fchown(file, None, Some(replaced.gid())).is_ok();
    // With an access control list, these bits are its mask, not what the group may do.
    let has_list = getxattr(path, ACCESS_CONTROL_LIST, &mut [0; 0]).is_ok();
    if !has_group || has_list {
        mode &= !0o070;
    }
    file.set_permissions(Permissions::from_mode(mode))
}

/// The extended attribute with the access control list of a file. See `acl(5)`.
const ACCESS_CONTROL_LIST: &str = "system.posix_acl_access";

/// The mode of a file that replaces one of the mode `replaced`.
fn kept_mode(replaced: u32, executable: bool) -> u32 {
    let mode = replaced & 0o666;
    if executable {
        mode | (mode & 0o444) >> 2
    } else {
        mode
    }
}

#[derive(Debug)]
enum Temporary {
    /// A file without a name (`O_TMPFILE`).
    Unnamed(File),
    /// For file systems that have no files without a name.
    Named(NamedTempFile),
}

impl Temporary {
    /// Creates a file in `directory` with the mode `mode`, less the umask.
    fn create(directory: &Path, mode: u32) -> io::Result<Self> {
        match Self::create_unnamed(directory, mode) {
            Some(unnamed) => Ok(unnamed),
            None => Self::create_named(directory, mode),
        }
    }

    /// Returns `None` if that is not possible, for whatever reason: creating a named file reports it.
    fn create_unnamed(directory: &Path, mode: u32) -> Option<Self> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = File::from(open(directory, flags, Mode::from_bits_truncate(mode)).ok()?);
        // Without /proc it could not get a name.
        descriptor_path(&file)
            .exists()
            .then_some(Temporary::Unnamed(file))
    }

    fn create_named(directory: &Path, mode: u32) -> io::Result<Self> {
        tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(directory)
            .map(Temporary::Named)
    }

    fn file(&self) -> &File {
        match self {
            Temporary::Unnamed(file) => file,
            Temporary::Named(file) => file.as_file(),
        }
    }

    /// Moves the file, which is in `directory`, to `path`.
    fn persist(self, directory: &Path, path: &Path) -> io::Result<()> {
        // Before the rename: else a crash could leave an empty file at `path`.
        self.file().sync_all()?;
        match self {
            Temporary::Named(file) => file.persist(path).map(drop).map_err(|e| e.error),
            Temporary::Unnamed(file) => {
                // A link cannot replace a file, so it gets a temporary name first.
                let from = descriptor_path(&file);
                let link = |to: &Path| {
                    linkat(CWD, &from, CWD, to, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from)
                };
                let named = tempfile::Builder::new()
                    .prefix(PREFIX)
                    .make_in(directory, link)?;
                named.persist(path).map_err(|e| e.error)
            }
        }
    }
}

/// The path of an open file, also of one without a name. See `open(2)`, `O_TMPFILE`.
fn descriptor_path(file: &File) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

/// Writes the names in `directory` to the disk, so that a rename survives a crash.
fn sync_directory(directory: &Path) -> io::Result<()> {
    // A directory that may be written but not read cannot be opened; some file systems cannot sync one.
    match File::open(directory).and_then(|directory| directory.sync_all()) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn write_atomic_replaces_and_leaves_no_other_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        write_atomic(&path, b"one", false).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o111, 0);
        write_atomic(&path, b"two", true).unwrap();
        assert_ne!(fs::metadata(&path).unwrap().permissions().mode() & 0o100, 0);
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(dir.path()), ["out"]);
    }

    #[test]
    fn keeps_the_mode_of_a_replaced_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        for (replaced, executable, expected) in [
            (0o600, false, 0o600),
            (0o600, true, 0o700),
            (0o666, false, 0o666),
            (0o755, false, 0o644),
            (0o644, true, 0o755),
            (0o4755, true, 0o755),
        ] {
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, Permissions::from_mode(replaced)).unwrap();
            write_atomic(&path, b"new", executable).unwrap();
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o7777, expected, "{replaced:o}, {executable}");
        }
    }

    #[test]
    fn keeps_the_group_and_denies_it_what_a_list_of_users_allowed() {
        const READ: u16 = 4;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        // Only a superuser can choose a group.
        let group = fs::metadata(&path).unwrap().gid() + 1;
        let is_superuser = unix_fs::chown(&path, None, Some(group)).is_ok();
        write_atomic(&path, b"new", false).unwrap();
        let found = fs::metadata(&path).unwrap();
        assert_eq!(found.mode() & 0o777, 0o640);
        assert_eq!(found.gid() == group, is_superuser);

        // `u::rw-,u:0:r--,g::---,m::r--,o::---` of the kernel's `posix_acl_xattr.h`: version, then tag,
        // permissions and id of each.
        let entries = [
            (1, 6, u32::MAX),
            (2, READ, 0),
            (4, 0, u32::MAX),
            (0x10, READ, u32::MAX),
            (0x20, 0, u32::MAX),
        ];
        let mut list = 2u32.to_le_bytes().to_vec();
        for (tag, permissions, id) in entries {
            list.extend(u16::to_le_bytes(tag));
            list.extend(u16::to_le_bytes(permissions));
            list.extend(u32::to_le_bytes(id));
        }
        let set = rustix::fs::setxattr(
            &path,
            ACCESS_CONTROL_LIST,
            &list,
            rustix::fs::XattrFlags::empty(),
        );
        // Not every file system that tests run on supports it.
        if set.is_ok() {
            assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o640);
            write_atomic(&path, b"new", false).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn has_no_name_before_it_is_committed() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = AtomicFile::create(&dir.path().join("out"), false).unwrap();
        file.write_all(b"part").unwrap();
        // Not every file system that tests run on supports it.
        if matches!(file.temporary, Temporary::Unnamed(_)) {
            assert_eq!(names(dir.path()), [""; 0]);
        }
        drop(file);
        assert_eq!(names(dir.path()), [""; 0]);
    }

    #[test]
    fn named_temporary_files_are_recognized_and_replace_too() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        fs::write(&path, "old").unwrap();
        let create = || AtomicFile {
            path: path.clone(),
            directory: dir.path().to_owned(),
            temporary: Temporary::create_named(dir.path(), 0o644).unwrap(),
        };
        let mut file = create();
        let name = crate::FileName::new(names(dir.path()).swap_remove(0)).unwrap();
        assert!(super::super::is_temporary(&name), "{name}");
        file.write_all(b"new").unwrap();
        file.commit().unwrap();
        drop(create());
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(dir.path()), ["out"]);
    }

    #[test]
    fn failed_write_leaves_the_path_unchanged() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("directory")).unwrap();
        fs::write(at("file"), "old").unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        for (name, words) in [
            ("directory", "a directory"),
            ("socket", "not a regular file"),
            ("gone/file", "cannot write it"),
            ("file/inside", "cannot write it"),
        ] {
            let message = write_atomic(&at(name), b"new", true)
                .unwrap_err()
                .to_string();
            assert!(message.contains(words), "{name}: {message}");
        }
        assert_eq!(names(dir.path()), ["directory", "file", "socket"]);
        assert_eq!(fs::read(at("file")).unwrap(), b"old");
    }
}
