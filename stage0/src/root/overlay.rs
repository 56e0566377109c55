//! Overlays that make read-only directories writable, with a tmpfs for what is written.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use nix::mount::{MsFlags, mount};

use super::mount_error::describe_mount_error;
use super::xattr;
use crate::failure::Failure;

/// The tmpfs that holds the upper layers of all overlays.
pub struct Tmpfs {
    directory: &'static Path,
}

impl Tmpfs {
    /// Mounts the tmpfs; `size` is the value of its mount option `size=`.
    pub fn mount(size: &str) -> Result<Self, Failure> {
        let directory = Path::new("/run/stage0/overlay");
        let failure = |cause: &dyn std::fmt::Display| {
            Failure::new("overlay", format_args!("{}: {cause}", directory.display()))
        };
        fs::create_dir_all(directory).map_err(|error| failure(&error))?;
        let options = format!("mode=0700,size={size}");
        let kind = Some("tmpfs");
        mount(
            kind,
            directory,
            kind,
            MsFlags::empty(),
            Some(options.as_str()),
        )
        .map_err(|error| failure(&describe_mount_error("tmpfs", error)))?;
        Ok(Tmpfs { directory })
    }

    /// Mounts a writable overlay over `lower` at `target`, which is created if missing. The upper layer
    /// is the tmpfs's directory `name`.
    pub fn mount_overlay(&self, name: &str, lower: &Path, target: &Path) -> Result<(), Failure> {
        let failure = |cause: &dyn std::fmt::Display| {
            Failure::new("overlay", format_args!("{}: {cause}", target.display()))
        };
        let (upper, work) = self
            .create_layers(name, lower)
            .map_err(|error| failure(&error))?;
        fs::create_dir_all(target).map_err(|error| failure(&error))?;
        let options = format!(
            "lowerdir={},upperdir={},workdir={}",
            lower.display(),
            upper.display(),
            work.display()
        );
        let kind = Some("overlay");
        mount(kind, target, kind, MsFlags::empty(), Some(options.as_str()))
            .map_err(|error| failure(&describe_mount_error("overlay", error)))
    }

    /// Creates the upper and the work directory of an overlay. The upper one gets the owner, the mode
    /// and the extended attributes of `lower`: they are those of the overlay's root.
    fn create_layers(&self, name: &str, lower: &Path) -> io::Result<(PathBuf, PathBuf)> {
        let upper = self.directory.join(name);
        let work = self.directory.join(format!("{name}-work"));
        fs::create_dir(&upper)?;
        fs::create_dir(&work)?;
        let metadata = fs::metadata(lower)?;
        chown(&upper, Some(metadata.uid()), Some(metadata.gid()))?;
        fs::set_permissions(&upper, Permissions::from_mode(metadata.mode() & 0o7777))?;
        // After the mode: chmod(2) would change an access control list.
        xattr::copy_all(lower, &upper);
        Ok((upper, work))
    }
}
