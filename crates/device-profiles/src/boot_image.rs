//! What a boot loader accepts as a boot image.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// The parameters of an Android boot image: the fields of the header that depend on the device, and limits.
///
/// The addresses in the header are the sums of `base` and an offset, in bytes. The default offsets are those
/// of Android's `mkbootimg`, and the default base is 0; boot loaders that choose the addresses themselves
/// ignore all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BootImageParameters {
    /// The version of the header, 0 to 4; by default 0.
    pub header_version: u32,
    /// The page size in bytes, to which each part of the image is padded; by default 2048.
    pub page_size: u32,
    /// The address that the offsets are added to; by default 0.
    pub base: u64,
    /// The offset of the kernel in bytes; by default 0x8000.
    pub kernel_offset: u64,
    /// The offset of the initramfs in bytes; by default 0x1000000.
    pub ramdisk_offset: u64,
    /// The offset of the second stage in bytes; by default 0xf00000.
    pub second_offset: u64,
    /// The offset of the tags in bytes; by default 0x100.
    pub tags_offset: u64,
    /// The offset of the device tree in bytes, in version 2; by default 0x1f00000.
    pub dtb_offset: u64,
    /// The form of the kernel; by default `image`.
    #[serde(rename = "kernel")]
    pub kernel_encoding: KernelEncoding,
    /// The compression of the initramfs; `None` if any that the kernel supports will do.
    #[serde(rename = "initrd")]
    pub ramdisk_compression: Option<Compression>,
    /// Arguments for the kernel after all others.
    pub cmdline_append: Option<String>,
    /// What the boot loader cannot exceed.
    pub limits: Limits,
}

impl Default for BootImageParameters {
    fn default() -> Self {
        BootImageParameters {
            header_version: 0,
            page_size: 2048,
            base: 0,
            kernel_offset: 0x8000,
            ramdisk_offset: 0x0100_0000,
            second_offset: 0x00f0_0000,
            tags_offset: 0x100,
            dtb_offset: 0x01f0_0000,
            kernel_encoding: KernelEncoding::default(),
            ramdisk_compression: None,
            cmdline_append: None,
            limits: Limits::default(),
        }
    }
}

/// Returns the page size if it is one of those of Android's `mkbootimg`.
pub(crate) fn page_size(size: u64) -> Option<u32> {
    [2048, 4096, 8192, 16384]
        .into_iter()
        .find(|valid| u64::from(*valid) == size)
}

/// Maximum sizes in bytes. `None` stands for a limit that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// The kernel in the boot image, compressed and with the device tree that is appended.
    #[serde(rename = "max_kernel_bytes")]
    pub kernel: Option<u64>,
    /// The memory that the unpacked kernel may take, `image_size` in the header of an arm64 Image.
    #[serde(rename = "max_kernel_window_bytes")]
    pub kernel_window: Option<u64>,
    /// The initramfs in the boot image.
    #[serde(rename = "max_initrd_bytes")]
    pub ramdisk: Option<u64>,
    /// The whole boot image. The boot loader's own `max-download-size` applies as well.
    #[serde(rename = "max_total_bytes")]
    pub image: Option<u64>,
    /// The command line without the NUL after it; by default 511. Versions 0 to 2 have space for 1024 more
    /// bytes, which boot loaders ignore.
    #[serde(rename = "max_cmdline_bytes")]
    pub command_line: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            kernel: None,
            kernel_window: None,
            ramdisk: None,
            image: None,
            command_line: 511,
        }
    }
}

/// A compression that boot loaders or kernels unpack.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Not compressed.
    #[default]
    None,
    /// gzip.
    Gzip,
    /// LZ4, in the legacy format that the kernel's build makes.
    Lz4,
    /// Zstandard.
    Zstd,
}

impl Compression {
    pub(crate) const NAMES: [(&str, Compression); 4] = [
        ("none", Compression::None),
        ("gzip", Compression::Gzip),
        ("lz4", Compression::Lz4),
        ("zstd", Compression::Zstd),
    ];

    /// The name in profiles, such as `gzip`.
    pub fn name(self) -> &'static str {
        let named = Self::NAMES.iter().find(|(_, found)| *found == self);
        named.map_or("none", |(name, _)| name)
    }
}

/// The form of the kernel in the boot image: `image`, `image.gz`, `image.gz+dtb` and so on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KernelEncoding {
    /// The compression of the kernel; never of the device tree.
    pub compression: Compression,
    /// Whether the device tree follows the kernel, as boot loaders without support for it in the header need.
    pub append_dtb: bool,
}

const SUFFIXES: [(&str, Compression); 4] = [
    ("", Compression::None),
    (".gz", Compression::Gzip),
    (".lz4", Compression::Lz4),
    (".zst", Compression::Zstd),
];

impl Display for KernelEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = SUFFIXES
            .iter()
            .find(|(_, found)| *found == self.compression);
        let suffix = suffix.map_or("", |(suffix, _)| suffix);
        let dtb = if self.append_dtb { "+dtb" } else { "" };
        write!(f, "image{suffix}{dtb}")
    }
}

impl FromStr for KernelEncoding {
    type Err = String;

    /// Parses the name of an encoding.
    ///
    /// # Errors
    /// A message with the valid names.
    fn from_str(text: &str) -> Result<Self, String> {
        let error = || {
            format!(
                "unknown encoding {text:?}, expected image, image.gz, image.lz4 or image.zst, \
                 or one of them with +dtb"
            )
        };
        let (kernel, append_dtb) = match text.strip_suffix("+dtb") {
            Some(kernel) => (kernel, true),
            None => (text, false),
        };
        let suffix = kernel.strip_prefix("image").ok_or_else(error)?;
        let found = SUFFIXES.iter().find(|(known, _)| *known == suffix);
        let (_, compression) = found.ok_or_else(error)?;
        Ok(KernelEncoding {
            compression: *compression,
            append_dtb,
        })
    }
}

impl Serialize for KernelEncoding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_have_a_name_each() {
        let names = [
            "image",
            "image+dtb",
            "image.gz",
            "image.gz+dtb",
            "image.lz4",
            "image.lz4+dtb",
            "image.zst",
            "image.zst+dtb",
        ];
        for name in names {
            let encoding: KernelEncoding = name.parse().unwrap();
            assert_eq!(encoding.to_string(), name);
            assert_eq!(encoding.append_dtb, name.ends_with("+dtb"));
        }
        for name in ["", "gz", "Image", "image.xz", "image+dtb.gz", "image.gz+"] {
            let error = name.parse::<KernelEncoding>().unwrap_err();
            assert!(error.contains("expected image, image.gz"), "{error}");
        }
    }
}
