//! What brings the image to the root's side: stage0's gadget, or a peer in its place.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use nix::mount::{MsFlags, mount};

use crate::{nbd, parameters, smoo_gadget};

/// The block device of stage0's server, and of smoo's.
pub const UBLK: &str = "/dev/ublkb0";

const MOUNT_POINT: &str = "/run/image";

/// An image that arrives over USB.
pub struct Image {
    /// Its block device.
    pub device: &'static Path,
    /// Where its file system is mounted.
    pub top: PathBuf,
}

impl Image {
    /// The root itself, which stage0 has mounted.
    pub fn root() -> Self {
        Image {
            device: Path::new(UBLK),
            top: PathBuf::from("/"),
        }
    }

    /// Starts what `usb_root.gadget=` names, unless stage0 has done so.
    pub fn connect() -> anyhow::Result<Self> {
        let device = match parameters::get("gadget", "stage0")?.as_str() {
            "stage0" => return Ok(Image::root()),
            "smoo" => smoo_gadget::start()?,
            "nbd" => nbd::connect()?,
            other => bail!("usb_root.gadget={other}: unrecognized value"),
        };
        std::fs::create_dir_all(MOUNT_POINT)?;
        let fstype = parameters::get("type", "erofs")?;
        let mounted = mount(
            Some(device),
            MOUNT_POINT,
            Some(fstype.as_str()),
            MsFlags::MS_RDONLY,
            None::<&str>,
        );
        mounted.with_context(|| format!("{device}: cannot mount {fstype}"))?;
        Ok(Image {
            device: Path::new(device),
            top: PathBuf::from(MOUNT_POINT),
        })
    }
}

/// Mounts configfs, unless somebody has.
pub fn mount_configfs() {
    let (configfs, none) = ("/sys/kernel/config", None::<&str>);
    let _ = mount(
        Some("configfs"),
        configfs,
        Some("configfs"),
        MsFlags::empty(),
        none,
    );
}
