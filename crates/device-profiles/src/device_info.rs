//! postmarketOS's deviceinfo as a source of parameters:
//! <https://wiki.postmarketos.org/wiki/Deviceinfo_reference>.

use boot_files::DeviceInfo;

use crate::boot_image::page_size;
use crate::{BootImageParameters, Compression, Error, KernelEncoding};

/// Forms of boot images that are not made here: a device that needs one would not boot.
const UNSUPPORTED: [&str; 4] = [
    "bootimg_blobpack",
    "bootimg_dtb_second",
    "bootimg_pxa",
    "bootimg_qcdt",
];

impl TryFrom<&DeviceInfo> for BootImageParameters {
    type Error = Error;

    /// Converts the values of a deviceinfo file; those that it does not have are the defaults. The kernel is
    /// compressed with gzip, as deviceinfo does not name its form and all boot loaders of such devices unpack
    /// it. The limits are the defaults.
    ///
    /// # Errors
    /// [`Error::DeviceInfo`] for a version or page size that does not exist, and for forms of boot images
    /// that are not supported.
    fn try_from(info: &DeviceInfo) -> Result<Self, Error> {
        for key in UNSUPPORTED {
            if let Some(value) = info.values.get(key).filter(|value| *value == "true") {
                return Err(invalid(key, "false", value));
            }
        }
        let default = BootImageParameters::default();
        let header_version = match info.header_version {
            None => default.header_version,
            Some(version) => u32::try_from(version)
                .ok()
                .filter(|version| *version <= 4)
                .ok_or_else(|| invalid("header_version", "0 to 4", &version.to_string()))?,
        };
        let page_size = match info.page_size {
            None => default.page_size,
            Some(size) => page_size(size).ok_or_else(|| {
                let expected = "2048, 4096, 8192 or 16384";
                invalid("flash_pagesize", expected, &size.to_string())
            })?,
        };
        Ok(BootImageParameters {
            header_version,
            page_size,
            base: info.base.unwrap_or(default.base),
            kernel_offset: info.kernel_offset.unwrap_or(default.kernel_offset),
            ramdisk_offset: info.ramdisk_offset.unwrap_or(default.ramdisk_offset),
            second_offset: info.second_offset.unwrap_or(default.second_offset),
            tags_offset: info.tags_offset.unwrap_or(default.tags_offset),
            dtb_offset: info.dtb_offset.unwrap_or(default.dtb_offset),
            kernel_encoding: KernelEncoding {
                compression: Compression::Gzip,
                append_dtb: info.append_dtb,
            },
            cmdline_append: info.kernel_cmdline.clone(),
            ..default
        })
    }
}

fn invalid(key: &'static str, expected: &'static str, found: &str) -> Error {
    Error::DeviceInfo {
        key,
        expected,
        found: found.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(text: &str) -> Result<BootImageParameters, Error> {
        BootImageParameters::try_from(&DeviceInfo::parse(text).unwrap())
    }

    #[test]
    fn converts_all_values() {
        let found = convert(
            "deviceinfo_kernel_cmdline=\"quiet\"\n\
             deviceinfo_header_version=\"2\"\n\
             deviceinfo_append_dtb=\"true\"\n\
             deviceinfo_bootimg_qcdt=\"false\"\n\
             deviceinfo_flash_pagesize=\"4096\"\n\
             deviceinfo_flash_offset_base=\"0x80000000\"\n\
             deviceinfo_flash_offset_kernel=\"0x1\"\n\
             deviceinfo_flash_offset_ramdisk=\"0x2\"\n\
             deviceinfo_flash_offset_second=\"0x3\"\n\
             deviceinfo_flash_offset_tags=\"0x4\"\n\
             deviceinfo_flash_offset_dtb=\"0x5\"\n",
        );
        let expected = BootImageParameters {
            header_version: 2,
            page_size: 4096,
            base: 0x8000_0000,
            kernel_offset: 1,
            ramdisk_offset: 2,
            second_offset: 3,
            tags_offset: 4,
            dtb_offset: 5,
            kernel_encoding: "image.gz+dtb".parse().unwrap(),
            cmdline_append: Some("quiet".to_owned()),
            ..BootImageParameters::default()
        };
        assert_eq!(found.unwrap(), expected);
    }

    #[test]
    fn missing_values_are_the_defaults() {
        let expected = BootImageParameters {
            kernel_encoding: "image.gz".parse().unwrap(),
            ..BootImageParameters::default()
        };
        assert_eq!(convert("").unwrap(), expected);
    }

    #[test]
    fn rejects_what_cannot_be_made() {
        for (line, message) in [
            (
                "header_version=5",
                "header_version: expected 0 to 4, found \"5\"",
            ),
            (
                "flash_pagesize=512",
                "flash_pagesize: expected 2048, 4096, 8192 or 16384, found \"512\"",
            ),
            (
                "bootimg_qcdt=true",
                "bootimg_qcdt: expected false, found \"true\"",
            ),
        ] {
            let error = convert(&format!("deviceinfo_{line}\n")).unwrap_err();
            assert_eq!(error.to_string(), format!("deviceinfo_{message}"));
        }
    }
}
