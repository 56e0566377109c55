//! An image in memory, for tests: one file system with a made-up system.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use device_profiles::{Profile, Profiles};
use device_tree::DeviceTree;
use disk_image::{Partition, PartitionType, View};
use file_system::{Attribute, Entry, Error, FileSystem, FileType, Listing, Metadata, ReadAt};
use image_files::{Choice, ImageFiles, System, Volume};

use crate::{BootImage, Device, Event, Plan, Request};

pub(crate) const RELEASE: &str = "7.2.0-test";
const UUID: &str = "10000000-0000-4000-8000-000000000001";

/// Regular files with their contents.
struct Files {
    kind: &'static str,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl FileSystem for Files {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn metadata(&self, path: &Path) -> Result<Metadata, Error> {
        let content = self.files.get(path);
        if content.is_none() && !self.files.keys().any(|file| file.starts_with(path)) {
            return Err(Error::NotFound(path.to_owned()));
        }
        Ok(Metadata {
            file_type: content.map_or(FileType::Directory, |_| FileType::Regular),
            permissions: 0o644,
            uid: 0,
            gid: 0,
            size: content.map_or(0, |content| content.len() as u64),
            modified: 0,
            device: None,
        })
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<Entry>, Error> {
        let below = self
            .files
            .keys()
            .filter_map(|file| file.strip_prefix(path).ok()?.iter().next());
        let mut names: Vec<OsString> = below.map(Into::into).collect();
        names.dedup();
        let mut listing = Listing::default();
        for name in names {
            let file_type = self.metadata(&path.join(&name))?.file_type;
            listing.add(name.as_encoded_bytes(), file_type)?;
        }
        listing.finish()
    }

    fn read_link(&self, path: &Path) -> Result<OsString, Error> {
        Err(Error::NotFound(path.to_owned()))
    }

    fn attributes(&self, _: &Path) -> Result<Vec<Attribute>, Error> {
        Ok(Vec::new())
    }

    fn open<'a>(&'a self, path: &Path) -> Result<Box<dyn ReadAt + 'a>, Error> {
        let content = self.files.get(path);
        let content = content.ok_or_else(|| Error::NotFound(path.to_owned()))?;
        Ok(Box::new(&content[..]))
    }
}

/// An image with one volume.
pub(crate) struct Image {
    pub(crate) kind: &'static str,
    pub(crate) uuid: Option<String>,
    pub(crate) partition: Option<Partition>,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Image {
    /// A system with kernel, modules, and the device tree `board`, which has no USB device controller.
    pub(crate) fn new() -> Self {
        let modules = format!("usr/lib/modules/{RELEASE}");
        let names = ["ext4", "overlay", "libcomposite", "usb_f_fs", "ublk_drv"];
        let dep: Vec<_> = names.iter().map(|name| format!("{name}.ko:\n")).collect();
        let mut image = Image {
            kind: "ext4",
            uuid: Some(UUID.to_owned()),
            partition: None,
            files: BTreeMap::new(),
        };
        for name in names {
            image = image.with(&format!("{modules}/{name}.ko"), name);
        }
        image
            .with("usr/lib/os-release", "PRETTY_NAME=Test\n")
            .with(&format!("boot/vmlinuz-{RELEASE}"), kernel())
            .with(&format!("{modules}/modules.dep"), dep.concat())
            .with(
                &format!("{modules}/modules.builtin"),
                "kernel/configfs.ko\n",
            )
            .with(
                &format!("{modules}/dtb/board.dtb"),
                DeviceTree::default().to_bytes(),
            )
    }

    pub(crate) fn with(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.files.insert(path.into(), content.as_ref().to_vec());
        self
    }

    pub(crate) fn device_info(self, text: &str) -> Self {
        self.with("etc/deviceinfo", text)
    }

    /// Calls `look` with the system.
    pub(crate) fn open<R>(&self, look: impl FnOnce(&System) -> R) -> R {
        let files = Files {
            kind: self.kind,
            files: self.files.clone(),
        };
        let image = ImageFiles {
            volumes: vec![Volume {
                name: format!("image ({})", self.kind),
                label: None,
                uuid: self.uuid.clone(),
                partition: self.partition.clone(),
                fs: Box::new(files),
                view: View::new("image", Arc::new(Vec::new())),
            }],
            unreadable: Vec::new(),
        };
        look(&System::open(&image, &Choice::default()).unwrap())
    }

    /// Plans and builds a boot image, and returns the events.
    pub(crate) fn build(
        &self,
        device: &Device,
        request: &Request,
    ) -> Result<(BootImage, Vec<Event>), crate::Error> {
        let mut events = Vec::new();
        self.open(|system| {
            let sources = system.sources();
            let report = &mut |event| events.push(event);
            let image = Plan::new(system, &sources, device, request, report)?.build(report)?;
            Ok((image, events))
        })
    }
}

/// An arm64 Image with a banner.
pub(crate) fn kernel() -> Vec<u8> {
    let mut image = vec![0; 16];
    image.extend(0x20_0000_u64.to_le_bytes());
    image.resize(56, 0);
    image.extend(b"ARM\x64\0\0\0\0");
    image.extend(format!("Linux version {RELEASE} (a@b) #1\n\0").bytes());
    image.resize(4096, 0x5a);
    image
}

/// The texts of the warnings.
pub(crate) fn warnings(events: &[Event]) -> Vec<&str> {
    let warnings = events.iter().filter_map(|event| match event {
        Event::Warning { message } => Some(message.as_str()),
        _ => None,
    });
    warnings.collect()
}

/// A device with a built-in profile whose device tree is `board`.
pub(crate) fn device(header_version: u32) -> Device {
    let mut profile: Profile = Profiles::load(&[])
        .get("oneplus-fajita")
        .unwrap()
        .profile
        .clone();
    profile.device_tree = "board".to_owned();
    profile.boot_image.header_version = header_version;
    Device {
        profile: Some(profile),
        ..Device::default()
    }
}

pub(crate) fn partition(uuid: &str) -> Partition {
    Partition {
        number: 2,
        name: None,
        uuid: uuid.to_owned(),
        kind: PartitionType::Byte(0x83),
        start: 0,
        size: 0,
        is_bootable: false,
        attributes: 0,
    }
}
