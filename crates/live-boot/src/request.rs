//! What to boot, and on which device.

use std::path::PathBuf;

use device_profiles::Profile;
use fastboop_stage0_generator::ExtraFile;

/// The value of stage0's setting `root` for a root over USB.
pub(crate) const USB: &str = "usb";

/// What is known about the device. All of it may be unknown: an image for a file needs no device.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// The profile. Without one, the image's deviceinfo has to describe the boot image.
    pub profile: Option<Profile>,
    /// The serial number, from which the machine ID and MAC addresses are derived.
    pub serial: Option<String>,
    /// The largest download in bytes that the boot loader accepts.
    pub max_download: Option<u64>,
}

/// Where stage0 gets the root file system from, unless the setting `root` names it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RootSource {
    /// From the host over USB, which serves the image.
    #[default]
    Usb,
    /// From a disk of the device to which the file system of the image was written, and which its UUID identifies.
    Disk,
}

/// What the user requests in place of what image and profile contain.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// A file with the kernel, in place of that in the image.
    pub kernel: Option<PathBuf>,
    /// The release of the kernel in the image; by default, the newest.
    pub kernel_release: Option<String>,
    /// A file with the device tree, or its name in the image.
    pub dtb: Option<String>,
    /// Files with overlays, or their names in the image, in the order in which they are applied.
    pub dtbo: Vec<String>,
    /// Modules besides those that image and device need.
    pub modules: Vec<String>,
    /// Where the root is.
    pub root: RootSource,
    /// Settings of stage0: name and value.
    pub settings: Vec<(String, String)>,
    /// Arguments for the kernel, after those of the profile.
    pub cmdline_append: Vec<String>,
    /// Files for the initramfs.
    pub files: Vec<ExtraFile>,
    /// A file with the stage0, in place of the embedded one.
    pub stage0: Option<PathBuf>,
}

impl Request {
    /// Whether stage0 gets its root over USB.
    pub fn is_root_over_usb(&self) -> bool {
        match self.setting("root") {
            Some(root) => root == USB,
            None => self.root == RootSource::Usb,
        }
    }

    /// Returns the value of a setting. `-` and `_` are the same in names.
    pub fn setting(&self, name: &str) -> Option<&str> {
        let is_same = |key: &str| key.replace('-', "_") == name;
        let found = self.settings.iter().find(|(key, _)| is_same(key));
        found.map(|(_, value)| value.as_str())
    }
}
