//! The steps `rootfs` and `overlay`: mount a block device as a writable root.
//!
//! ```text
//! /run/stage0/device     the device's file system, read-only
//! /run/stage0/overlay    a tmpfs: what is written to the new root
//! /sysroot               the new root: an overlay of both
//! ```

mod mount_error;
mod ostree;
mod overlay;
mod xattr;

use std::fs;
use std::path::Path;

use block_probe::{Content, Superblock};
use nix::mount::{MsFlags, mount};
use stage0_settings::{RootFs, Settings};

use crate::console::{Level, log};
use crate::device::block;
use crate::failure::Failure;
use mount_error::describe_mount_error;
use overlay::Tmpfs;

/// The mount point of the new root. Not below `/run`, which is moved into it.
pub const NEW_ROOT: &str = "/sysroot";
/// The mount point of the device's file system.
const DEVICE: &str = "/run/stage0/device";

/// Mounts the device, and the new root over it at [`NEW_ROOT`].
pub fn mount_all(device: &Path, settings: &Settings) -> Result<(), Failure> {
    let failure =
        |cause: String| Failure::new("rootfs", format_args!("{}: {cause}", device.display()));
    let Superblock { kind, warning, .. } =
        detect_file_system(device, settings.rootfs).map_err(failure)?;
    if let Some(warning) = warning {
        let text = format!("rootfs: {}, {kind}: {warning}", device.display());
        log(Level::Warning, &text);
    }
    mount_device(device, kind).map_err(failure)?;
    log(
        Level::Info,
        &format!("the root is on {}, {kind}, read-only", device.display()),
    );
    let tmpfs = Tmpfs::mount(&settings.overlay_size)?;
    match ostree::deployment_path(settings)? {
        Some(path) => {
            ostree::mount_deployment(&tmpfs, Path::new(DEVICE), path, Path::new(NEW_ROOT))
        }
        None => tmpfs.mount_overlay("root", Path::new(DEVICE), Path::new(NEW_ROOT)),
    }
}

/// Detects the file system on the device. It must be `expected`, if given.
fn detect_file_system(device: &Path, expected: Option<RootFs>) -> Result<Superblock, String> {
    let found = block::probe(device).map_err(|error| format!("cannot read it: {error}"))?;
    let expected = expected.map(RootFs::name);
    match (found, expected) {
        (Some(Content::Root(found)), None) => Ok(found),
        (Some(Content::Root(found)), Some(expected)) if found.kind == expected => Ok(found),
        (found, expected) => {
            let found = match &found {
                Some(Content::Root(superblock)) => superblock.kind,
                Some(Content::Other(name)) => name,
                None => "no known format",
            };
            Err(match expected {
                Some(expected) => {
                    format!("expected {expected} (setting rootfs), found {found}")
                }
                None => format!(
                    "expected erofs, ext4 or squashfs, found {found}; write such a file system to the device"
                ),
            })
        }
    }
}

fn mount_device(device: &Path, kind: &str) -> Result<(), String> {
    fs::create_dir_all(DEVICE).map_err(|error| format!("{DEVICE}: {error}"))?;
    // Without `noload` even a read-only mount replays the journal, which writes.
    let options = (kind == "ext4").then_some("noload");
    mount(
        Some(device),
        DEVICE,
        Some(kind),
        MsFlags::MS_RDONLY,
        options,
    )
    .map_err(|error| describe_mount_error(kind, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use temp_dir::TempDir;

    #[test]
    fn reports_unexpected_file_systems() {
        let dir = TempDir::new().unwrap();
        let image = dir.path().join("image");
        let mut bytes = vec![0; 4096];
        fs::write(&image, &bytes).unwrap();
        let error = detect_file_system(&image, None).unwrap_err();
        assert_eq!(
            error,
            "expected erofs, ext4 or squashfs, found no known format; \
             write such a file system to the device"
        );

        bytes[..4].copy_from_slice(b"XFSB");
        fs::write(&image, &bytes).unwrap();
        let error = detect_file_system(&image, Some(RootFs::Ext4)).unwrap_err();
        assert_eq!(error, "expected ext4 (setting rootfs), found xfs");

        bytes[1024..1028].copy_from_slice(&[0xe2, 0xe1, 0xf5, 0xe0]);
        fs::write(&image, &bytes).unwrap();
        assert_eq!(detect_file_system(&image, None).unwrap().kind, "erofs");
        let found = detect_file_system(&image, Some(RootFs::Erofs));
        assert_eq!(found.unwrap().kind, "erofs");
        let error = detect_file_system(&image, Some(RootFs::Squashfs)).unwrap_err();
        assert_eq!(error, "expected squashfs (setting rootfs), found erofs");
    }
}
