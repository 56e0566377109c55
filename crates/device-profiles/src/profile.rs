//! A profile.

use serde::Serialize;

use crate::parse::parse;
use crate::{BootImageParameters, ParseError, Probe};

/// How to recognize a device in its boot loader, and what to boot it with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// The name that the user chooses the profile by, such as `oneplus-fajita`.
    pub id: String,
    /// The name of the device for people.
    pub display_name: Option<String>,
    /// The device tree without `.dtb`, such as `qcom/sdm845-oneplus-fajita`.
    #[serde(rename = "devicetree_name")]
    pub device_tree: String,
    /// The USB IDs of the boot loader; one of them suffices.
    #[serde(rename = "match")]
    pub matches: Vec<Match>,
    /// What the boot loader's variables have to be, all of them.
    #[serde(rename = "probe")]
    pub probes: Vec<Probe>,
    /// What the boot loader accepts.
    #[serde(rename = "android_bootimg")]
    pub boot_image: BootImageParameters,
    /// What stage0 needs on the device.
    pub stage0: Stage0,
}

/// The USB ID of a boot loader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Match {
    /// The vendor ID.
    pub vid: u16,
    /// The product ID.
    pub pid: u16,
}

/// What stage0 needs on the device.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stage0 {
    /// Modules to load besides those that the device tree shows.
    pub kernel_modules: Vec<String>,
    /// The nodes of the device tree that need a MAC address.
    pub inject_mac: MacAddresses,
}

/// The nodes of a device tree that need a MAC address, by their `compatible`, such as `qcom,wcn3990-wifi`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MacAddresses {
    /// The Wi-Fi interface.
    pub wifi: Option<String>,
    /// The Bluetooth controller.
    pub bluetooth: Option<String>,
}

impl Profile {
    /// Parses the content of a file.
    ///
    /// # Errors
    /// The first mistake: a file that is too large or not YAML, an unknown, missing or repeated key, a value
    /// of another type or outside of its range.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        parse(bytes)
    }

    /// Whether the profile is for boot loaders with this USB ID.
    pub fn matches_usb(&self, vid: u16, pid: u16) -> bool {
        self.matches.contains(&Match { vid, pid })
    }
}
