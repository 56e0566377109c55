//! The steps `rootfs` and `overlay`: from a block device to a root that can be written to.
//!
//! ```text
//! /run/stage0/device     the device's file system, read-only
//! /run/stage0/overlay    a tmpfs: what is written to the new root
//! /sysroot               the new root: an overlay of both
//! ```

mod ostree;
mod overlay;

use std::fs;
use std::path::Path;

use block_probe::Content;
use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use stage0_settings::{RootFs, Settings};

use crate::console::{Level, say};
use crate::device::block;
use crate::failure::Failure;
use overlay::Overlay;

/// Where the new root is mounted. Not below `/run`, which moves into it.
pub const NEW_ROOT: &str = "/sysroot";
/// Where the device is mounted.
const DEVICE: &str = "/run/stage0/device";

/// Mounts the new root.
pub fn mount_all(device: &Path, settings: &Settings) -> Result<(), Failure> {
    let failure =
        |cause: String| Failure::new("rootfs", format_args!("{}: {cause}", device.display()));
    let kind = kind(device, settings.rootfs).map_err(failure)?;
    mount_device(device, kind).map_err(failure)?;
    say(
        Level::Info,
        &format!("the root is on {}, {kind}, read-only", device.display()),
    );
    let overlay = Overlay::prepare(&settings.overlay_size)?;
    match ostree::deployment(settings) {
        Some(path) => ostree::mount_deployment(&overlay, Path::new(DEVICE), path),
        None => overlay.mount("root", Path::new(DEVICE), Path::new(NEW_ROOT)),
    }
}

/// The name of the file system on the device, which has to be the one that was asked for.
fn kind(device: &Path, wanted: Option<RootFs>) -> Result<&'static str, String> {
    let found = block::content(device).map_err(|error| format!("cannot read it: {error}"))?;
    let wanted = wanted.map(RootFs::name);
    match (found, wanted) {
        (Some(Content::Root(found)), None) => Ok(found.kind),
        (Some(Content::Root(found)), Some(wanted)) if found.kind == wanted => Ok(wanted),
        (found, wanted) => {
            let found = match &found {
                Some(Content::Root(superblock)) => superblock.kind,
                Some(Content::Other(name)) => name,
                None => "nothing known",
            };
            Err(match wanted {
                Some(wanted) => {
                    format!("it holds {found}, not {wanted} as the setting rootfs says")
                }
                None => format!("it holds {found}, not erofs, ext4 or squashfs"),
            })
        }
    }
}

fn mount_device(device: &Path, kind: &str) -> Result<(), String> {
    fs::create_dir_all(DEVICE).map_err(|error| format!("{DEVICE}: {error}"))?;
    // Even a read-only ext4 would replay its journal, which writes.
    let options = (kind == "ext4").then_some("noload");
    mount(
        Some(device),
        DEVICE,
        Some(kind),
        MsFlags::MS_RDONLY,
        options,
    )
    .map_err(|error| mount_problem(kind, error))
}

/// Why a file system cannot be mounted, and what to do about it.
fn mount_problem(kind: &str, error: Errno) -> String {
    let known = fs::read_to_string("/proc/filesystems");
    if error == Errno::ENODEV && known.is_ok_and(|known| !is_known(kind, &known)) {
        return format!(
            "the kernel has no {kind} (not in /proc/filesystems); add the module {kind} to the initramfs"
        );
    }
    format!("cannot mount {kind}: {error}; the kernel's log may say more")
}

/// `/proc/filesystems` has a line for each file system: `nodev` or nothing, a tab, its name.
fn is_known(kind: &str, filesystems: &str) -> bool {
    filesystems
        .lines()
        .any(|line| line.split('\t').next_back() == Some(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use temp_dir::TempDir;

    #[test]
    fn the_kernels_file_systems_are_known() {
        let list = "nodev\tsysfs\n\text4\n";
        assert!(is_known("ext4", list) && is_known("sysfs", list));
        assert!(!is_known("ext", list) && !is_known("nodev", list));
        let text = mount_problem("no-such-fs", Errno::ENODEV);
        assert!(text.contains("add the module no-such-fs"), "{text}");
        let text = mount_problem("proc", Errno::EINVAL);
        assert!(text.contains("cannot mount proc: EINVAL"), "{text}");
    }

    #[test]
    fn what_is_on_the_device_decides() {
        let dir = TempDir::new().unwrap();
        let image = dir.path().join("image");
        let mut bytes = vec![0; 4096];
        fs::write(&image, &bytes).unwrap();
        let error = kind(&image, None).unwrap_err();
        assert_eq!(error, "it holds nothing known, not erofs, ext4 or squashfs");

        bytes[..4].copy_from_slice(b"XFSB");
        fs::write(&image, &bytes).unwrap();
        let error = kind(&image, Some(RootFs::Ext4)).unwrap_err();
        assert_eq!(error, "it holds xfs, not ext4 as the setting rootfs says");

        bytes[1024..1028].copy_from_slice(&[0xe2, 0xe1, 0xf5, 0xe0]);
        fs::write(&image, &bytes).unwrap();
        assert_eq!(kind(&image, None), Ok("erofs"));
        assert_eq!(kind(&image, Some(RootFs::Erofs)), Ok("erofs"));
        let error = kind(&image, Some(RootFs::Squashfs)).unwrap_err();
        assert!(error.starts_with("it holds erofs, not squashfs"), "{error}");
    }
}
