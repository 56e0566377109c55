//! The step `switch root`: makes the new root the root and executes its init, like switch_root(8) and
//! systemd.

use std::convert::Infallible;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::mount::{MsFlags, mount};
use nix::sys::statfs::{FsType, TMPFS_MAGIC, fstatfs};
use nix::unistd::{chdir, chroot};

use crate::console::{self, Level, log};
use crate::failure::Failure;
use crate::root_path;

/// The mount points to move into the new root, in this order.
const MOVED_MOUNTS: [&str; 4] = ["/dev", "/run", "/sys", "/proc"];

/// `RAMFS_MAGIC` of the kernel's `include/uapi/linux/magic.h`.
const RAMFS_MAGIC: i64 = 0x8584_58f6;

/// Makes `new_root` the root, deletes the initramfs to free its memory, and executes `init`, a path in
/// the new root.
pub fn switch(new_root: &Path, init: &str) -> Result<Infallible, Failure> {
    let failure = |cause: String| Failure::new("switch root", cause);
    let old_root = File::open("/").map_err(|error| failure(format!("/: {error}")))?;
    for path in MOVED_MOUNTS {
        move_mount(path, new_root).map_err(|error| failure(format!("{path}: {error}")))?;
    }
    change_root(new_root).map_err(|error| failure(format!("{}: {error}", new_root.display())))?;
    if let Err(error) = delete_initramfs(&old_root) {
        // Only costs memory.
        log(
            Level::Warning,
            &format!("switch root: cannot empty the initramfs: {error}"),
        );
    }
    drop(old_root);
    log(Level::Info, &format!("becoming {init}"));
    let error = exec(init);
    Err(Failure::new(
        "init",
        format_args!("cannot run {init}: {error}"),
    ))
}

/// Moves the mount at `path` to the same path in the new root.
fn move_mount(path: &str, new_root: &Path) -> io::Result<()> {
    let target = new_root.join(path.trim_start_matches('/'));
    match fs::create_dir(&target) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    // A link could lead out of the new root.
    if !fs::symlink_metadata(&target)?.is_dir() {
        return Err(io::Error::other("not a directory in the new root"));
    }
    let none = None::<&str>;
    Ok(mount(Some(path), &target, none, MsFlags::MS_MOVE, none)?)
}

fn change_root(new_root: &Path) -> nix::Result<()> {
    let none = None::<&str>;
    chdir(new_root)?;
    mount(Some("."), "/", none, MsFlags::MS_MOVE, none)?;
    chroot(".")?;
    chdir("/")
}

/// Deletes everything in the old root if it is in memory (tmpfs or ramfs), as an initramfs is.
fn delete_initramfs(old_root: &File) -> io::Result<()> {
    let kind = fstatfs(old_root)?.filesystem_type();
    if kind != TMPFS_MAGIC && kind != FsType(RAMFS_MAGIC as _) {
        return Ok(());
    }
    let device = old_root.metadata()?.dev();
    delete_contents(&root_path::fd_path(old_root), device)
}

/// Deletes the entries of a directory that are on the file system `device`. Continues after an error,
/// and returns the last one.
fn delete_contents(directory: &Path, device: u64) -> io::Result<()> {
    let mut result = Ok(());
    for entry in fs::read_dir(directory)? {
        let deleted = entry.and_then(|entry| delete(&entry.path(), device));
        result = deleted.and(result);
    }
    result
}

fn delete(path: &Path, device: u64) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.dev() != device {
        return Ok(());
    }
    if metadata.is_dir() {
        delete_contents(path, device)?;
        fs::remove_dir(path)
    } else {
        fs::remove_file(path)
    }
}

/// Executes `init` in place of stage0, with the arguments and the environment from the kernel, and on
/// the console, which may not have existed when the kernel started stage0. Returns only on error.
fn exec(init: &str) -> io::Error {
    let mut command = Command::new(init);
    command.args(std::env::args_os().skip(1));
    console::attach(&mut command);
    command.exec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use temp_dir::TempDir;

    #[test]
    fn deletes_everything_without_following_links() {
        let kept = TempDir::new().unwrap();
        fs::write(kept.path().join("file"), "").unwrap();
        let dir = TempDir::new().unwrap();
        fs::create_dir_all(dir.path().join("a/b/c")).unwrap();
        fs::write(dir.path().join("a/b/file"), "").unwrap();
        symlink(kept.path(), dir.path().join("a/link")).unwrap();
        symlink("/nowhere", dir.path().join("dangling")).unwrap();
        let device = fs::metadata(dir.path()).unwrap().dev();
        delete_contents(dir.path(), device).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        assert!(kept.path().join("file").exists());
    }

    #[test]
    fn keeps_other_file_systems() {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        let other = fs::metadata("/proc").unwrap().dev();
        delete_contents(dir.path(), other).unwrap();
        assert!(dir.path().join("file").exists());
    }
}
