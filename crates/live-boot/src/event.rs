//! What the steps report. Field names must stay: the program prints events as JSON (`docs/boot.md`).

use serde::Serialize;

use crate::{NeededModule, Outcome};

/// A step, or a part of one. Sizes are in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The device that boots.
    Device(DeviceReport),
    /// The root file system was chosen.
    Root(RootReport),
    /// The device tree was read and edited.
    DeviceTree(DeviceTreeReport),
    /// The modules were chosen.
    Modules(ModulesReport),
    /// The kernel was packed.
    Kernel(KernelReport),
    /// The initramfs was written.
    Initramfs(InitramfsReport),
    /// The boot image is complete.
    Image(ImageReport),
    /// What became of the device.
    Outcome(OutcomeReport),
    /// A part of a step is done.
    Progress(Progress),
    /// A line of the boot loader.
    Message {
        /// The text.
        text: String,
    },
    /// Something that does not prevent the boot.
    Warning {
        /// What it is, and what to do.
        message: String,
    },
}

/// A device in its boot loader.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DeviceReport {
    /// Such as `udp:192.168.1.5:5554`; `None` if no device is contacted.
    pub address: Option<String>,
    /// The id of the profile.
    pub profile: Option<String>,
    /// The name of the device.
    pub name: Option<String>,
    /// The serial number.
    pub serial: Option<String>,
    /// Whether the boot loader is unlocked; `None` if it does not report that.
    pub unlocked: Option<bool>,
    /// The largest download.
    pub max_download_size: Option<u64>,
}

/// The root file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RootReport {
    /// Such as `partition 2 "root" (ext4)`.
    pub file_system: String,
    /// The name of the operating system.
    pub os: Option<String>,
    /// The OSTree deployment.
    pub deployment: Option<String>,
    /// stage0's setting `root`: how it finds the root on the device.
    pub setting: Option<String>,
}

/// The device tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceTreeReport {
    /// The name in the image, or the path of the file.
    pub name: String,
    /// The path in the image, or of the file.
    pub path: String,
    /// The size after all changes.
    pub size: u64,
    /// The overlays that were applied.
    pub overlays: Vec<String>,
    /// The MAC addresses that were set.
    pub mac_addresses: Vec<MacReport>,
    /// Whether it is in the boot image. Otherwise, it only shows which modules the device needs.
    pub is_in_image: bool,
}

/// A MAC address in the device tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MacReport {
    /// The path of the node.
    pub node: String,
    /// The address, such as `02:00:00:00:00:01`.
    pub address: String,
}

/// The kernel modules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModulesReport {
    /// The release of the kernel that they are for.
    pub release: String,
    /// The modules that image and device need, and why.
    pub needed: Vec<NeededModule>,
    /// What the device tree may need, and the kernel has no module for.
    pub unknown: Vec<String>,
    /// The number of files in the initramfs, with indexes.
    pub files: u64,
    /// The size of these files.
    pub bytes: u64,
}

/// The kernel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KernelReport {
    /// The release, as `uname -r` prints it.
    pub release: Option<String>,
    /// The architecture.
    pub architecture: String,
    /// How it is stored in the image.
    pub form: String,
    /// The path, and the file system of the image that contains it.
    pub path: String,
    /// The form in the boot image, such as `image.gz+dtb`.
    pub encoding: String,
    /// The size before it is packed.
    pub unpacked: u64,
    /// The size in the boot image, with the device tree that follows it.
    pub size: u64,
    /// The largest size in the boot image.
    pub limit: Option<u64>,
    /// The memory that it takes, by its header.
    pub window: Option<u64>,
    /// The largest memory that it may take.
    pub window_limit: Option<u64>,
}

/// The initramfs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InitramfsReport {
    /// The size in the boot image.
    pub size: u64,
    /// The largest size.
    pub limit: Option<u64>,
    /// The size before compression.
    pub unpacked: u64,
    /// The compression.
    pub compression: &'static str,
    /// The version of stage0.
    pub stage0: Option<String>,
    /// The target that stage0 was built for.
    pub target: String,
}

/// The boot image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImageReport {
    /// The size.
    pub size: u64,
    /// The largest size, by the profile and the boot loader.
    pub limit: Option<u64>,
    /// The version of the header.
    pub header_version: u32,
    /// The size of a page.
    pub page_size: u32,
    /// The kernel command line.
    pub command_line: String,
    /// The longest command line.
    pub command_line_limit: u64,
}

/// What became of the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OutcomeReport {
    /// What was observed.
    pub outcome: Outcome,
    /// Whether the boot loader confirmed the command to boot.
    pub confirmed: bool,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// The step.
    pub step: Step,
    /// What is done.
    pub bytes: u64,
    /// All that is to do.
    pub total: u64,
}

/// A step that takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The kernel is packed.
    Kernel,
    /// The initramfs is written.
    Initramfs,
    /// The boot image is sent.
    Send,
}

impl Event {
    pub(crate) fn warning(message: impl Into<String>) -> Self {
        let message = message.into();
        Event::Warning { message }
    }
}
