//! The structure of the file.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

use super::scalars::{
    Address, DeviceTree, Encoding, HeaderVersion, Id, Limit, LineLength, PageSize,
    RamdiskCompression, Text, UsbId,
};
use crate::{BootImageParameters, Limits, MacAddresses, Match, Probe, Profile, Stage0};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with `id` and others")]
pub(super) struct File {
    id: Id,
    display_name: Option<Text>,
    devicetree_name: DeviceTree,
    #[serde(rename = "match", deserialize_with = "matches")]
    matches: Vec<Match>,
    probe: Vec<Probe>,
    boot: Boot,
    stage0: Option<Stage0File>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with `fastboot`")]
struct MatchFile {
    fastboot: UsbIds,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with `vid` and `pid`")]
struct UsbIds {
    vid: UsbId,
    pid: UsbId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with `fastboot_boot`")]
struct Boot {
    fastboot_boot: FastbootBoot,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with `android_bootimg`")]
struct FastbootBoot {
    #[serde(alias = "bootimg")]
    android_bootimg: BootImage,
    cmdline_append: Option<Text>,
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a mapping with `header_version` and others"
)]
struct BootImage {
    header_version: HeaderVersion,
    page_size: PageSize,
    base: Option<Address>,
    kernel_offset: Option<Address>,
    ramdisk_offset: Option<Address>,
    second_offset: Option<Address>,
    tags_offset: Option<Address>,
    dtb_offset: Option<Address>,
    limits: Option<LimitsFile>,
    kernel: Kernel,
    initrd: Option<Initrd>,
    cmdline_append: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with limits")]
struct LimitsFile {
    max_kernel_bytes: Option<Limit>,
    max_kernel_window_bytes: Option<Limit>,
    max_initrd_bytes: Option<Limit>,
    max_total_bytes: Option<Limit>,
    max_cmdline_bytes: Option<LineLength>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with `encoding`")]
struct Kernel {
    encoding: Encoding,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with `compress`")]
struct Initrd {
    compress: Option<RamdiskCompression>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with `kernel_modules`")]
struct Stage0File {
    #[serde(default)]
    kernel_modules: Vec<Text>,
    inject_mac: Option<InjectMac>,
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a mapping with `wifi` or `bluetooth`"
)]
struct InjectMac {
    wifi: Option<Text>,
    bluetooth: Option<Text>,
}

/// Reads a list that is not empty.
fn matches<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Match>, D::Error> {
    struct Matches;

    impl<'de> Visitor<'de> for Matches {
        type Value = Vec<Match>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of at least one `fastboot`")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Match>, A::Error> {
            let mut matches = Vec::new();
            while let Some(MatchFile { fastboot }) = list.next_element()? {
                matches.push(Match {
                    vid: fastboot.vid.0,
                    pid: fastboot.pid.0,
                });
            }
            if matches.is_empty() {
                return Err(A::Error::invalid_length(0, &self));
            }
            Ok(matches)
        }
    }

    deserializer.deserialize_seq(Matches)
}

impl From<File> for Profile {
    fn from(file: File) -> Self {
        let FastbootBoot {
            android_bootimg,
            cmdline_append,
        } = file.boot.fastboot_boot;
        let mut boot_image = BootImageParameters::from(android_bootimg);
        // Both places are in use.
        let lines = [boot_image.cmdline_append.take(), text(cmdline_append)];
        let lines: Vec<String> = lines.into_iter().flatten().collect();
        boot_image.cmdline_append = (!lines.is_empty()).then(|| lines.join(" "));
        Profile {
            id: file.id.0,
            display_name: text(file.display_name),
            device_tree: file.devicetree_name.0,
            matches: file.matches,
            probes: file.probe,
            boot_image,
            stage0: file.stage0.map(Stage0::from).unwrap_or_default(),
        }
    }
}

impl From<BootImage> for BootImageParameters {
    fn from(file: BootImage) -> Self {
        let default = BootImageParameters::default();
        let address = |value: Option<Address>, default: u64| value.map_or(default, |value| value.0);
        BootImageParameters {
            header_version: file.header_version.0,
            page_size: file.page_size.0,
            base: address(file.base, default.base),
            kernel_offset: address(file.kernel_offset, default.kernel_offset),
            ramdisk_offset: address(file.ramdisk_offset, default.ramdisk_offset),
            second_offset: address(file.second_offset, default.second_offset),
            tags_offset: address(file.tags_offset, default.tags_offset),
            dtb_offset: address(file.dtb_offset, default.dtb_offset),
            kernel_encoding: file.kernel.encoding.0,
            ramdisk_compression: file.initrd.and_then(|initrd| Some(initrd.compress?.0)),
            cmdline_append: text(file.cmdline_append),
            limits: file.limits.map(Limits::from).unwrap_or_default(),
        }
    }
}

impl From<LimitsFile> for Limits {
    fn from(file: LimitsFile) -> Self {
        let limit = |value: Option<Limit>| value.and_then(|value| value.0);
        let line = file.max_cmdline_bytes.map(|value| value.0);
        Limits {
            kernel: limit(file.max_kernel_bytes),
            kernel_window: limit(file.max_kernel_window_bytes),
            ramdisk: limit(file.max_initrd_bytes),
            image: limit(file.max_total_bytes),
            command_line: line.unwrap_or(Limits::default().command_line),
        }
    }
}

impl From<Stage0File> for Stage0 {
    fn from(file: Stage0File) -> Self {
        let mac = |mac: InjectMac| MacAddresses {
            wifi: text(mac.wifi),
            bluetooth: text(mac.bluetooth),
        };
        Stage0 {
            kernel_modules: file.kernel_modules.into_iter().map(|name| name.0).collect(),
            inject_mac: file.inject_mac.map(mac).unwrap_or_default(),
        }
    }
}

fn text(value: Option<Text>) -> Option<String> {
    value.map(|value| value.0)
}
