//! The kernel's own file systems, which every later step needs.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};

use crate::failure::Failure;

/// A file system and where it goes.
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

/// Mounts all of them, in this order. What something is mounted on already is left as it is.
///
/// Goes on after a failure, because the console that says so may be among the rest; returns the
/// first one.
pub fn mount_all() -> Result<(), Failure> {
    let mut result = Ok(());
    for mount in &MOUNTS {
        let done = mount.make().map_err(|error| {
            let step = format!("mount {}", mount.target);
            Failure::new(step, format_args!("{}: {error}", mount.kind))
        });
        result = result.and(done);
    }
    result
}

impl Mount {
    fn make(&self) -> io::Result<()> {
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

/// Is another file system than the root's mounted here? `path` is a child of the root.
fn is_mount_point(path: &Path) -> io::Result<bool> {
    Ok(fs::metadata(path)?.dev() != fs::metadata("/")?.dev())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_point_is_told_from_a_directory() {
        assert_eq!(is_mount_point(Path::new("/proc")).ok(), Some(true));
        assert_eq!(is_mount_point(Path::new("/")).ok(), Some(false));
        assert!(is_mount_point(Path::new("/nowhere")).is_err());
    }
}
