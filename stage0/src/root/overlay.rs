//! Read-only directories with a tmpfs over them, so that they can be written to.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use nix::mount::{MsFlags, mount};

use super::mount_problem;
use crate::failure::Failure;

/// The tmpfs for all that is written.
pub struct Overlay {
    directory: &'static Path,
}

impl Overlay {
    /// Mounts the tmpfs; `size` is as its `size=` takes it.
    pub fn prepare(size: &str) -> Result<Self, Failure> {
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
        .map_err(|error| failure(&mount_problem("tmpfs", error)))?;
        Ok(Overlay { directory })
    }

    /// Mounts at `target`, which is made where it is not there, what is in `lower` and can be
    /// written to. What is written is kept in a folder `name`.
    pub fn mount(&self, name: &str, lower: &Path, target: &Path) -> Result<(), Failure> {
        let failure = |cause: &dyn std::fmt::Display| {
            Failure::new("overlay", format_args!("{}: {cause}", target.display()))
        };
        let (upper, work) = self.layers(name, lower).map_err(|error| failure(&error))?;
        fs::create_dir_all(target).map_err(|error| failure(&error))?;
        let options = format!(
            "lowerdir={},upperdir={},workdir={}",
            lower.display(),
            upper.display(),
            work.display()
        );
        let kind = Some("overlay");
        mount(kind, target, kind, MsFlags::empty(), Some(options.as_str()))
            .map_err(|error| failure(&mount_problem("overlay", error)))
    }

    /// The two directories that an overlay wants to have for itself. The upper one has the owner and
    /// the mode of the lower one: they are what is seen.
    fn layers(&self, name: &str, lower: &Path) -> io::Result<(PathBuf, PathBuf)> {
        let upper = self.directory.join(name);
        let work = self.directory.join(format!("{name}-work"));
        fs::create_dir(&upper)?;
        fs::create_dir(&work)?;
        let metadata = fs::metadata(lower)?;
        chown(&upper, Some(metadata.uid()), Some(metadata.gid()))?;
        fs::set_permissions(&upper, Permissions::from_mode(metadata.mode() & 0o7777))?;
        Ok((upper, work))
    }
}
