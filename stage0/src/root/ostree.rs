//! The step `ostree`: a root that is a deployment in an OSTree repository.
//!
//! Follows ostree-prepare-root(1): `ostree=` names a link to `/ostree/deploy/<os>/deploy/<id>.<n>`,
//! which becomes the root; `/ostree/deploy/<os>/var` becomes its /var; the whole file system, with all
//! other deployments, becomes its /sysroot; `/run/ostree-booted` marks the system as booted by OSTree.
//! Unlike there, /usr is writable like the rest of the root, and nothing persists. composefs is not
//! used.

use std::fs::{self, File};
use std::path::Path;

use nix::mount::{MsFlags, mount};
use stage0_settings::{Ostree, Settings};

use super::overlay::Tmpfs;
use crate::failure::Failure;
use crate::root_path;

const DEPLOYMENT: &str = "/run/stage0/deployment";
const VAR: &str = "/run/stage0/var";
/// An empty file; only its existence matters.
const BOOTED: &str = "/run/ostree-booted";

/// The path of the deployment to boot, in the device's file system; `None` to boot without OSTree.
pub fn deployment_path(settings: &Settings) -> Option<&str> {
    match &settings.ostree {
        Ostree::Off => None,
        Ostree::Path(path) => Some(path),
        Ostree::Auto => settings.kernel_ostree.as_deref(),
    }
}

/// Mounts the deployment at `path`, in the file system mounted at `physical`, as the new root at
/// `new_root`.
pub fn mount_deployment(
    tmpfs: &Tmpfs,
    physical: &Path,
    path: &str,
    new_root: &Path,
) -> Result<(), Failure> {
    let failure =
        |cause: &dyn std::fmt::Display| Failure::new("ostree", format_args!("{path}: {cause}"));
    let open = |path: &str| root_path::open(physical, Path::new(path));

    let deployment = open(path).map_err(|error| failure(&error))?;
    if !open(&format!("{path}/usr")).is_ok_and(|usr| is_directory(&usr)) {
        return Err(failure(&"not a deployment: it has no directory usr"));
    }
    bind_mount(&deployment, DEPLOYMENT).map_err(|error| failure(&error))?;
    tmpfs.mount_overlay("root", Path::new(DEPLOYMENT), new_root)?;

    // Relative to the link's target: `<os>/deploy/<id>.<n>/../../var`.
    if let Ok(var) = open(&format!("{path}/../../var")) {
        bind_mount(&var, VAR).map_err(|error| failure(&format_args!("var: {error}")))?;
        tmpfs.mount_overlay("var", Path::new(VAR), &new_root.join("var"))?;
    }
    let sysroot = new_root.join("sysroot");
    fs::create_dir_all(&sysroot).map_err(|error| failure(&format_args!("sysroot: {error}")))?;
    let none = None::<&str>;
    mount(Some(physical), &sysroot, none, MsFlags::MS_BIND, none)
        .map_err(|error| failure(&format_args!("sysroot: {error}")))?;
    fs::write(BOOTED, "").map_err(|error| failure(&format_args!("{BOOTED}: {error}")))
}

fn is_directory(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_dir())
}

/// Mounts a directory at `target` too. The overlay is mounted from there, because a deployment's own
/// path may contain characters, such as `:` and `,`, that are special in the overlay's options.
fn bind_mount(directory: &File, target: &str) -> std::io::Result<()> {
    fs::create_dir_all(target)?;
    let source = root_path::fd_path(directory);
    let none = None::<&str>;
    Ok(mount(Some(&source), target, none, MsFlags::MS_BIND, none)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_takes_precedence_over_the_kernel_command_line() {
        let mut settings = Settings::default();
        assert_eq!(deployment_path(&settings), None);
        settings.apply_command_line("ostree=/ostree/boot.1/a");
        assert_eq!(deployment_path(&settings), Some("/ostree/boot.1/a"));
        settings.set("ostree", "/ostree/boot.0/b").unwrap();
        assert_eq!(deployment_path(&settings), Some("/ostree/boot.0/b"));
        settings.set("ostree", "off").unwrap();
        assert_eq!(deployment_path(&settings), None);
    }
}
