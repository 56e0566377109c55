//! The addresses at which a boot loader loads the parts.

use crate::Error;

/// Physical addresses in the memory of the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// The address of the kernel.
    pub kernel: u32,
    /// The address of the ramdisk.
    pub ramdisk: u32,
    /// The address of the second-stage boot loader. Images without one contain 0.
    pub second: u32,
    /// The address of the kernel's parameters: ATAGs, or the device tree on old devices.
    pub tags: u32,
    /// The address of the device tree. Only version 2 contains it.
    pub dtb: u64,
}

/// Offsets of the addresses from a base address, in bytes. The defaults are mkbootimg's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offsets {
    /// The offset of the kernel.
    pub kernel: u32,
    /// The offset of the ramdisk.
    pub ramdisk: u32,
    /// The offset of the second-stage boot loader.
    pub second: u32,
    /// The offset of the kernel's parameters.
    pub tags: u32,
    /// The offset of the device tree.
    pub dtb: u64,
}

impl Default for Offsets {
    fn default() -> Self {
        Offsets {
            kernel: 0x8000,
            ramdisk: 0x0100_0000,
            second: 0x00f0_0000,
            tags: 0x100,
            dtb: 0x01f0_0000,
        }
    }
}

/// mkbootimg's default base address.
const BASE: u32 = 0x1000_0000;

impl Default for Addresses {
    /// mkbootimg's default addresses.
    fn default() -> Self {
        let offsets = Offsets::default();
        Addresses {
            kernel: BASE + offsets.kernel,
            ramdisk: BASE + offsets.ramdisk,
            second: BASE + offsets.second,
            tags: BASE + offsets.tags,
            dtb: u64::from(BASE) + offsets.dtb,
        }
    }
}

impl Addresses {
    /// Adds the offsets to a base address.
    ///
    /// # Errors
    /// [`Error::Address`] if an address exceeds 32 bits, or that of the device tree 64 bits.
    pub fn new(base: u32, offsets: &Offsets) -> Result<Self, Error> {
        let add = |what, offset: u32| {
            let address = base.checked_add(offset);
            address.ok_or(Error::Address { what, base, offset })
        };
        let dtb = u64::from(base).checked_add(offsets.dtb);
        let limit = u64::MAX - u64::from(base);
        Ok(Addresses {
            kernel: add("kernel", offsets.kernel)?,
            ramdisk: add("ramdisk", offsets.ramdisk)?,
            second: add("second", offsets.second)?,
            tags: add("tags", offsets.tags)?,
            dtb: dtb.ok_or(Error::TooLarge {
                what: "dtb offset",
                size: offsets.dtb,
                limit,
            })?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_offsets_to_the_base() {
        let addresses = Addresses::new(0x1000_0000, &Offsets::default()).unwrap();
        assert_eq!(addresses, Addresses::default());
        assert_eq!(addresses.kernel, 0x1000_8000);
        assert_eq!(addresses.dtb, 0x11f0_0000);
    }

    #[test]
    fn rejects_addresses_beyond_32_bits() {
        let error = Addresses::new(0xff80_0000, &Offsets::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "ramdisk address: base 0xff800000 and offset 0x1000000 exceed 32 bits"
        );
        let offsets = Offsets {
            dtb: u64::MAX,
            ..Offsets::default()
        };
        let error = Addresses::new(1, &offsets).unwrap_err();
        assert!(error.to_string().starts_with("dtb offset: "), "{error}");
    }
}
