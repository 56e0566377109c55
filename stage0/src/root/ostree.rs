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
///
/// On Android's boot loaders `ostree=` is `true` or `aboot`, and the slot decides, as in OSTree's
/// `src/libotcore/otcore-prepare-root.c`. Unlike there, the slot alone does not request OSTree: phones
/// always have one.
pub fn deployment_path(settings: &Settings) -> Result<Option<&str>, Failure> {
    let value = match &settings.ostree {
        Ostree::Off => return Ok(None),
        Ostree::Path(path) => path,
        Ostree::Auto => match &settings.kernel_ostree {
            None => return Ok(None),
            Some(value) => value,
        },
    };
    match (value.as_str(), settings.slot_suffix.as_deref()) {
        (path, _) if path.starts_with('/') => Ok(Some(path)),
        ("true" | "aboot", None) if settings.is_android => Ok(Some("/ostree/root.a")),
        ("true" | "aboot", Some("_a")) => Ok(Some("/ostree/root.a")),
        ("true" | "aboot", Some("_b")) => Ok(Some("/ostree/root.b")),
        (value, _) => Err(Failure::new(
            "ostree",
            format_args!(
                "ostree={value}: expected an absolute path, or true or aboot with androidboot.slot_suffix=_a or _b; set stage0.ostree=off to boot without OSTree"
            ),
        )),
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
        let path = |settings: &Settings| deployment_path(settings).unwrap().map(str::to_owned);
        assert_eq!(path(&settings), None);
        settings.apply_command_line("ostree=/ostree/boot.1/a");
        assert_eq!(path(&settings).as_deref(), Some("/ostree/boot.1/a"));
        settings.set("ostree", "/ostree/boot.0/b").unwrap();
        assert_eq!(path(&settings).as_deref(), Some("/ostree/boot.0/b"));
        settings.set("ostree", "off").unwrap();
        assert_eq!(path(&settings), None);
    }

    fn path_for(line: &str) -> Result<Option<String>, String> {
        let mut settings = Settings::default();
        settings.apply_command_line(line);
        let path = deployment_path(&settings).map_err(|failure| failure.to_string())?;
        Ok(path.map(str::to_owned))
    }

    #[test]
    fn android_boot_loaders_choose_the_deployment_by_slot() {
        for (line, expected) in [
            (
                "ostree=true androidboot.slot_suffix=_a",
                Some("/ostree/root.a"),
            ),
            (
                "ostree=aboot androidboot.slot_suffix=_b",
                Some("/ostree/root.b"),
            ),
            ("ostree=aboot androidboot.x=1", Some("/ostree/root.a")),
            ("androidboot.slot_suffix=_b", None),
            ("ostree=/a androidboot.slot_suffix=_b", Some("/a")),
        ] {
            assert_eq!(path_for(line).unwrap().as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn rejects_values_that_are_not_paths() {
        for (line, words) in [
            ("ostree=1", "ostree=1: expected an absolute path"),
            ("ostree=", "ostree=: expected an absolute path"),
            ("ostree", "ostree=: expected an absolute path"),
            ("ostree=aboot", "with androidboot.slot_suffix="),
            ("ostree=ostree/boot.1/a", "ostree=ostree/boot.1/a: expected"),
            (
                "ostree=true androidboot.slot_suffix=_c",
                "with androidboot.slot_suffix=_a or _b",
            ),
        ] {
            let error = path_for(line).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
