//! The kernel's own file systems, which every later step needs.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};

use crate::failure::Failure;

/// A file system and its mount point, as mount(2) takes them.
struct Mount {
    kind: &'static str,
    target: &'static str,
    flags: MsFlags,
    data: Option<&'static str>,
}

const SAFE: MsFlags = MsFlags::MS_NOSUID
    .union(MsFlags::MS_NODEV)
    .union(MsFlags::MS_NOEXEC);

const MOUNTS: [Mount; 4] = [
    Mount {
        kind: "proc",
        target: "/proc",
        flags: SAFE,
        data: None,
    },
    Mount {
        kind: "sysfs",
        target: "/sys",
        flags: SAFE,
        data: None,
    },
    Mount {
        kind: "devtmpfs",
        target: "/dev",
        flags: MsFlags::MS_NOSUID,
        data: Some("mode=0755"),
    },
    Mount {
        kind: "tmpfs",
        target: "/run",
        flags: MsFlags::MS_NOSUID.union(MsFlags::MS_NODEV),
        data: Some("mode=0755"),
    },
];

/// Mounts all of [`MOUNTS`], in this order. Existing mount points are left alone.
///
/// Continues after a failure, because reporting it needs the console in /dev; returns the first one.
pub fn mount_all() -> Result<(), Failure> {
    let mut result = Ok(());
    for mount in &MOUNTS {
        let mounted = mount.mount().map_err(|error| {
            let step = format!("mount {}", mount.target);
            Failure::new(step, format_args!("{}: {error}", mount.kind))
        });
        result = result.and(mounted);
    }
    result
}

impl Mount {
    fn mount(&self) -> io::Result<()> {
        let target = Path::new(self.target);
        fs::create_dir_all(target)?;
        if is_mount_point(target)? {
            return Ok(());
        }
        match mount(
            Some(self.kind),
            target,
            Some(self.kind),
            self.flags,
            self.data,
        ) {
            Ok(()) | Err(Errno::EBUSY) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether `path`, a child of the root, is on another file system than the root.
fn is_mount_point(path: &Path) -> io::Result<bool> {
    Ok(fs::metadata(path)?.dev() != fs::metadata("/")?.dev())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_mount_points() {
        assert_eq!(is_mount_point(Path::new("/proc")).ok(), Some(true));
        assert_eq!(is_mount_point(Path::new("/")).ok(), Some(false));
        assert!(is_mount_point(Path::new("/nowhere")).is_err());
    }
}
