//! What a boot loader accepts, as the header of a boot image.

use android_bootimg::{Addresses, Header, Offsets, Version};
use boot_files::DeviceInfo;
use device_profiles::{BootImageParameters, Compression, Profile};

use crate::Error;

/// The parameters of the profile, or else those of the image's deviceinfo.
pub(crate) fn choose(
    profile: Option<&Profile>,
    info: Option<&DeviceInfo>,
) -> Result<BootImageParameters, Error> {
    if let Some(profile) = profile {
        return Ok(profile.boot_image.clone());
    }
    let info = info.filter(|info| describes_boot_image(info));
    let parameters = info.ok_or(Error::NoParameters)?.try_into();
    parameters.map_err(Error::Parameters)
}

/// Whether a deviceinfo is for a device that boots Android boot images, and not for one with UEFI, for which all
/// values would be defaults.
fn describes_boot_image(info: &DeviceInfo) -> bool {
    let is_fastboot = info.values.get("flash_method");
    info.page_size.is_some()
        || info.header_version.is_some()
        || is_fastboot.is_some_and(|method| method == "fastboot")
}

/// The header of an image with these parameters.
pub(crate) fn header(parameters: &BootImageParameters, cmdline: &str) -> Result<Header, Error> {
    let version = Version::from_number(parameters.header_version)?;
    let mut header = Header::new(version);
    header.page_size = parameters.page_size;
    header.cmdline = cmdline.as_bytes().to_vec();
    if version.has_addresses() {
        let number =
            |what, value: u64| u32::try_from(value).map_err(|_| Error::Address { what, value });
        let offsets = Offsets {
            kernel: number("kernel_offset", parameters.kernel_offset)?,
            ramdisk: number("ramdisk_offset", parameters.ramdisk_offset)?,
            second: number("second_offset", parameters.second_offset)?,
            tags: number("tags_offset", parameters.tags_offset)?,
            dtb: parameters.dtb_offset,
        };
        let addresses = Addresses::new(number("base", parameters.base)?, &offsets)?;
        header.addresses = Some(addresses);
    }
    Ok(header)
}

/// Whether the boot image contains the device tree.
pub(crate) fn has_device_tree(parameters: &BootImageParameters) -> bool {
    parameters.kernel_encoding.append_dtb || parameters.header_version == 2
}

/// Whether to compress the kernel with gzip.
pub(crate) fn is_gzip(parameters: &BootImageParameters) -> Result<bool, Error> {
    match parameters.kernel_encoding.compression {
        Compression::None => Ok(false),
        Compression::Gzip => Ok(true),
        Compression::Lz4 | Compression::Zstd => Err(Error::Compression {
            what: "kernel encoding",
            name: parameters.kernel_encoding.to_string(),
            instead: "image or image.gz",
        }),
    }
}

/// The compression of the initramfs: gzip, which nearly all kernels read, unless the profile requests another.
pub(crate) fn ramdisk_compression(
    parameters: &BootImageParameters,
) -> Result<fastboop_stage0_generator::Compression, Error> {
    use fastboop_stage0_generator::Compression as Supported;
    match parameters.ramdisk_compression {
        None | Some(Compression::Gzip) => Ok(Supported::Gzip),
        Some(Compression::None) => Ok(Supported::None),
        Some(Compression::Zstd) => Ok(Supported::Zstd),
        Some(Compression::Lz4) => Err(Error::Compression {
            what: "initrd compression",
            name: "lz4".to_owned(),
            instead: "none, gzip or zstd",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_base_and_offsets() {
        let parameters = BootImageParameters {
            base: 0x8000_0000,
            header_version: 2,
            page_size: 4096,
            ..BootImageParameters::default()
        };
        let header = header(&parameters, "quiet").unwrap();
        let addresses = header.addresses.unwrap();
        assert_eq!(
            (addresses.kernel, addresses.ramdisk),
            (0x8000_8000, 0x8100_0000)
        );
        assert_eq!((addresses.tags, addresses.dtb), (0x8000_0100, 0x81f0_0000));
        assert_eq!((header.page_size, &*header.cmdline), (4096, &b"quiet"[..]));
    }

    #[test]
    fn later_versions_have_no_addresses() {
        let parameters = BootImageParameters {
            header_version: 4,
            page_size: 4096,
            ..BootImageParameters::default()
        };
        assert_eq!(header(&parameters, "").unwrap().addresses, None);
    }

    #[test]
    fn rejects_addresses_beyond_32_bits() {
        let parameters = BootImageParameters {
            base: 1 << 32,
            ..BootImageParameters::default()
        };
        let error = header(&parameters, "").unwrap_err().to_string();
        assert!(error.starts_with("base 0x100000000: "), "{error}");
    }

    #[test]
    fn deviceinfo_describes_a_boot_image_only_with_its_values() {
        let parse = |text| DeviceInfo::parse(text).unwrap();
        for (text, is_valid) in [
            ("deviceinfo_flash_pagesize=4096", true),
            ("deviceinfo_header_version=2", true),
            ("deviceinfo_flash_method=fastboot", true),
            ("deviceinfo_flash_method=none", false),
            ("", false),
        ] {
            assert_eq!(choose(None, Some(&parse(text))).is_ok(), is_valid, "{text}");
        }
        assert!(matches!(choose(None, None), Err(Error::NoParameters)));
        let error = choose(None, Some(&parse("deviceinfo_flash_pagesize=3"))).unwrap_err();
        assert!(error.to_string().ends_with("with --profile"), "{error}");
    }
}
