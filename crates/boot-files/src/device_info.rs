//! postmarketOS's description of a device: <https://wiki.postmarketos.org/wiki/Deviceinfo_reference>.

use std::collections::BTreeMap;
use std::path::Path;

use crate::source::Source;
use crate::{Error, assignments};

/// The package's file, and the user's, whose values take precedence.
const PATHS: [&str; 2] = ["usr/share/deviceinfo/deviceinfo", "etc/deviceinfo"];

/// The values of a deviceinfo file. Addresses are in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceInfo {
    /// The names of device trees, such as `qcom/sdm845-oneplus-fajita`.
    pub dtbs: Vec<String>,
    /// The kernel's command line.
    pub kernel_cmdline: Option<String>,
    /// The version of the Android boot image's header.
    pub header_version: Option<u64>,
    /// The page size of the boot image.
    pub page_size: Option<u64>,
    /// The address that the others are offsets from.
    pub base: Option<u64>,
    /// The offset of the kernel.
    pub kernel_offset: Option<u64>,
    /// The offset of the initramfs.
    pub ramdisk_offset: Option<u64>,
    /// The offset of the second stage.
    pub second_offset: Option<u64>,
    /// The offset of the tags.
    pub tags_offset: Option<u64>,
    /// The offset of the device tree.
    pub dtb_offset: Option<u64>,
    /// Whether the device tree is appended to the kernel.
    pub append_dtb: bool,
    /// All values by their names without `deviceinfo_`.
    pub values: BTreeMap<String, String>,
}

impl DeviceInfo {
    /// Reads the files of a root file system; `None` if it has none. Returns the path of the first.
    pub(crate) fn read(source: &Source) -> Option<(&'static Path, Result<Self, Error>)> {
        let mut first = None;
        let mut text = String::new();
        for path in PATHS.map(Path::new) {
            match source.text(path) {
                Ok(Some(part)) => text += &(part + "\n"),
                Ok(None) => continue,
                Err(error) => return Some((path, Err(error))),
            }
            first = first.or(Some(path));
        }
        Some((first?, Self::parse(&text)))
    }

    /// Parses the text of a file of shell assignments. It is never executed.
    ///
    /// # Errors
    /// [`Error::DeviceInfo`] for an address that is not a number.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let values: BTreeMap<String, String> = assignments::parse(text)
            .into_iter()
            .filter_map(|(key, value)| Some((key.strip_prefix("deviceinfo_")?.to_owned(), value)))
            .collect();
        let value = |key: &str| values.get(key).filter(|value| !value.is_empty());
        let number = |key: &str| value(key).map(|value| number(key, value)).transpose();
        let cmdline = [value("kernel_cmdline"), value("kernel_cmdline_append")];
        let cmdline: Vec<&str> = cmdline
            .into_iter()
            .flatten()
            .map(|part| part.trim())
            .collect();
        Ok(DeviceInfo {
            dtbs: value("dtb")
                .map(|names| names.split_whitespace().map(str::to_owned).collect())
                .unwrap_or_default(),
            kernel_cmdline: (!cmdline.is_empty()).then(|| cmdline.join(" ")),
            header_version: number("header_version")?,
            page_size: number("flash_pagesize")?,
            base: number("flash_offset_base")?,
            kernel_offset: number("flash_offset_kernel")?,
            ramdisk_offset: number("flash_offset_ramdisk")?,
            second_offset: number("flash_offset_second")?,
            tags_offset: number("flash_offset_tags")?,
            dtb_offset: number("flash_offset_dtb")?,
            append_dtb: value("append_dtb").is_some_and(|value| value == "true"),
            values,
        })
    }
}

fn number(key: &str, value: &str) -> Result<u64, Error> {
    let number = match value
        .strip_prefix("0x")
        .or_else(|| value.strip_prefix("0X"))
    {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => value.parse(),
    };
    number.map_err(|_| Error::DeviceInfo {
        key: key.to_owned(),
        value: value.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_boot_image_needs() {
        let info = DeviceInfo::parse(
            "# Reference: <https://postmarketos.org/deviceinfo>\n\
             deviceinfo_dtb=\"qcom/sdm845-oneplus-fajita\n qcom/other\"\n\
             deviceinfo_kernel_cmdline=\" quiet console=tty0 \"\n\
             deviceinfo_kernel_cmdline_append=loud\n\
             deviceinfo_header_version=\"2\"\n\
             deviceinfo_append_dtb=\"true\"\n\
             deviceinfo_flash_pagesize=\"4096\"\n\
             deviceinfo_flash_offset_base=\"0x80000000\"\n\
             deviceinfo_flash_offset_kernel=\"0x00008000\"\n\
             deviceinfo_flash_offset_second=\"\"\n\
             deviceinfo_new_key=\"kept\"\n\
             other=1\n",
        )
        .unwrap();
        assert_eq!(info.dtbs, ["qcom/sdm845-oneplus-fajita", "qcom/other"]);
        assert_eq!(info.kernel_cmdline.unwrap(), "quiet console=tty0 loud");
        assert_eq!((info.header_version, info.page_size), (Some(2), Some(4096)));
        assert_eq!(
            (info.base, info.kernel_offset),
            (Some(1 << 31), Some(0x8000))
        );
        assert_eq!((info.second_offset, info.append_dtb), (None, true));
        assert_eq!(info.values["new_key"], "kept");
        assert!(!info.values.contains_key("other"));
    }

    #[test]
    fn rejects_addresses_that_are_not_numbers() {
        let error = DeviceInfo::parse("deviceinfo_flash_offset_base=$BASE").unwrap_err();
        let message = "deviceinfo_flash_offset_base: expected a number, found \"$BASE\"";
        assert_eq!(error.to_string(), message);
    }
}
