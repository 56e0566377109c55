//! The step `switch root`: the new root becomes the root, and its init takes the place of stage0.
//! As switch_root(8) and systemd do it.

use std::convert::Infallible;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::mount::{MsFlags, mount};
use nix::sys::statfs::{FsType, TMPFS_MAGIC, fstatfs};
use nix::unistd::{chdir, chroot};

use crate::console::{CONSOLE, Level, say};
use crate::failure::Failure;
use crate::root_path;

/// What moves into the new root. /proc is last: until then it shows what is open.
const MOVED: [&str; 4] = ["/dev", "/run", "/sys", "/proc"];

/// `RAMFS_MAGIC` of the kernel's `include/uapi/linux/magic.h`.
const RAMFS_MAGIC: i64 = 0x8584_58f6;

/// Makes `new_root` the root, frees the memory of the initramfs, and becomes `init`, a path there.
pub fn switch(new_root: &Path, init: &str) -> Result<Infallible, Failure> {
    let failure = |cause: String| Failure::new("switch root", cause);
    let old_root = File::open("/").map_err(|error| failure(format!("/: {error}")))?;
    for path in MOVED {
        move_mount(path, new_root).map_err(|error| failure(format!("{path}: {error}")))?;
    }
    become_root(new_root).map_err(|error| failure(format!("{}: {error}", new_root.display())))?;
    if let Err(error) = free(&old_root) {
        // Some memory is lost, no more.
        say(
            Level::Warning,
            &format!("switch root: cannot empty the initramfs: {error}"),
        );
    }
    drop(old_root);
    say(Level::Info, &format!("becoming {init}"));
    let error = execute(init);
    Err(Failure::new(
        "init",
        format_args!("cannot run {init}: {error}"),
    ))
}

/// Moves what is mounted at `path` to the same place in the new root.
fn move_mount(path: &str, new_root: &Path) -> io::Result<()> {
    let target = new_root.join(path.trim_start_matches('/'));
    match fs::create_dir(&target) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    // A link could lead out of the new root.
    if !fs::symlink_metadata(&target)?.is_dir() {
        return Err(io::Error::other("in the root it is no directory"));
    }
    let none = None::<&str>;
    Ok(mount(Some(path), &target, none, MsFlags::MS_MOVE, none)?)
}

fn become_root(new_root: &Path) -> nix::Result<()> {
    let none = None::<&str>;
    chdir(new_root)?;
    mount(Some("."), "/", none, MsFlags::MS_MOVE, none)?;
    chroot(".")?;
    chdir("/")
}

/// Deletes everything in the old root, which is in memory. What is elsewhere is left alone.
fn free(old_root: &File) -> io::Result<()> {
    let kind = fstatfs(old_root)?.filesystem_type();
    if kind != TMPFS_MAGIC && kind != FsType(RAMFS_MAGIC as _) {
        return Ok(());
    }
    let device = old_root.metadata()?.dev();
    delete_contents(&root_path::path_of(old_root), device)
}

/// Deletes what is in a directory and on the same file system. Goes on after an error, and returns
/// the last.
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

/// Becomes the program, with the arguments and the environment that the kernel gave to us, and with
/// the console, which may not have been there when the kernel started us. Returns only an error.
fn execute(init: &str) -> io::Error {
    let mut command = Command::new(init);
    command.args(std::env::args_os().skip(1));
    let console = OpenOptions::new().read(true).write(true).open(CONSOLE);
    if let Ok(console) = console {
        if let (Ok(output), Ok(error)) = (console.try_clone(), console.try_clone()) {
            command.stdin(console).stdout(output).stderr(error);
        }
    }
    command.exec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use temp_dir::TempDir;

    #[test]
    fn everything_is_deleted_and_no_link_is_followed() {
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
    fn other_file_systems_are_left_alone() {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        let other = fs::metadata("/proc").unwrap().dev();
        delete_contents(dir.path(), other).unwrap();
        assert!(dir.path().join("file").exists());
    }
}
