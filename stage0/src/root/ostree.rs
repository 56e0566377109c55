//! The step `ostree`: a root that is a deployment in an OSTree repository.
//!
//! As ostree-prepare-root(1) does it: `ostree=` names a link to `/ostree/deploy/<os>/deploy/<id>.<n>`,
//! which is the root; `/ostree/deploy/<os>/var` is its /var; the whole file system, with all other
//! deployments, is its /sysroot; `/run/ostree-booted` tells ostree that it is so. Other than there,
//! /usr can be written to, as all of the root, and nothing lasts. composefs is not used.

use std::fs::{self, File};
use std::path::Path;

use nix::mount::{MsFlags, mount};
use stage0_settings::{Ostree, Settings};

use super::NEW_ROOT;
use super::overlay::Overlay;
use crate::failure::Failure;
use crate::root_path;

const DEPLOYMENT: &str = "/run/stage0/deployment";
const VAR: &str = "/run/stage0/var";
/// Its meaning is that it is there.
const BOOTED: &str = "/run/ostree-booted";

/// The path of the deployment to boot, if one is to be booted.
pub fn deployment(settings: &Settings) -> Option<&str> {
    match &settings.ostree {
        Ostree::Off => None,
        Ostree::Path(path) => Some(path),
        Ostree::Auto => settings.kernel_ostree.as_deref(),
    }
}

/// Mounts a new root that is this deployment in the file system that is mounted at `physical`.
pub fn mount_deployment(overlay: &Overlay, physical: &Path, path: &str) -> Result<(), Failure> {
    let failure =
        |cause: &dyn std::fmt::Display| Failure::new("ostree", format_args!("{path}: {cause}"));
    let open = |path: &str| root_path::open(physical, Path::new(path));

    let deployment = open(path).map_err(|error| failure(&error))?;
    if !open(&format!("{path}/usr")).is_ok_and(|usr| is_directory(&usr)) {
        return Err(failure(&"not a deployment: no directory usr in it"));
    }
    bind(&deployment, DEPLOYMENT).map_err(|error| failure(&error))?;
    overlay.mount("root", Path::new(DEPLOYMENT), Path::new(NEW_ROOT))?;

    // Beside the directory that the deployment is in, wherever the link led to.
    if let Ok(var) = open(&format!("{path}/../../var")) {
        bind(&var, VAR).map_err(|error| failure(&format_args!("var: {error}")))?;
        overlay.mount("var", Path::new(VAR), &Path::new(NEW_ROOT).join("var"))?;
    }
    let sysroot = Path::new(NEW_ROOT).join("sysroot");
    fs::create_dir_all(&sysroot).map_err(|error| failure(&format_args!("sysroot: {error}")))?;
    let none = None::<&str>;
    mount(Some(physical), &sysroot, none, MsFlags::MS_BIND, none)
        .map_err(|error| failure(&format_args!("sysroot: {error}")))?;
    fs::write(BOOTED, "").map_err(|error| failure(&format_args!("{BOOTED}: {error}")))
}

fn is_directory(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_dir())
}

/// Shows a directory at another place, whose path has nothing that an overlay's options could stumble
/// over.
fn bind(directory: &File, target: &str) -> std::io::Result<()> {
    fs::create_dir_all(target)?;
    let source = root_path::path_of(directory);
    let none = None::<&str>;
    Ok(mount(Some(&source), target, none, MsFlags::MS_BIND, none)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_comes_before_the_kernels() {
        let mut settings = Settings::default();
        assert_eq!(deployment(&settings), None);
        settings.apply_command_line("ostree=/ostree/boot.1/a");
        assert_eq!(deployment(&settings), Some("/ostree/boot.1/a"));
        settings.set("ostree", "/ostree/boot.0/b").unwrap();
        assert_eq!(deployment(&settings), Some("/ostree/boot.0/b"));
        settings.set("ostree", "off").unwrap();
        assert_eq!(deployment(&settings), None);
    }
}
