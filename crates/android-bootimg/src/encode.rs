//! The header as bytes: the offsets of its fields, and writing them. All numbers are little-endian.

use crate::id::Id;
use crate::layout::Layout;
use crate::{Header, Part, Version, command_line, os_version};

/// The first bytes of a boot image, and of a vendor_boot image.
pub(crate) const MAGIC: &[u8; 8] = b"ANDROID!";
pub(crate) const VENDOR_MAGIC: &[u8; 8] = b"VNDRBOOT";

/// The offset of the version, in all versions.
pub(crate) const VERSION: usize = 40;
/// The offset of the size of the kernel, in all versions.
pub(crate) const KERNEL_SIZE: usize = 8;

/// The offsets of the fields of the versions 0 to 2.
pub(crate) mod v0 {
    pub(crate) const KERNEL_ADDRESS: usize = 12;
    pub(crate) const RAMDISK_SIZE: usize = 16;
    pub(crate) const RAMDISK_ADDRESS: usize = 20;
    pub(crate) const SECOND_SIZE: usize = 24;
    pub(crate) const SECOND_ADDRESS: usize = 28;
    pub(crate) const TAGS_ADDRESS: usize = 32;
    pub(crate) const PAGE_SIZE: usize = 36;
    pub(crate) const OS_VERSION: usize = 44;
    pub(crate) const NAME: usize = 48;
    pub(crate) const CMDLINE: usize = 64;
    pub(crate) const ID: usize = 576;
    pub(crate) const EXTRA_CMDLINE: usize = 608;
    pub(crate) const RECOVERY_DTBO_SIZE: usize = 1632;
    pub(crate) const RECOVERY_DTBO_OFFSET: usize = 1636;
    pub(crate) const HEADER_SIZE: usize = 1644;
    pub(crate) const DTB_SIZE: usize = 1648;
    pub(crate) const DTB_ADDRESS: usize = 1652;
}

/// The offsets of the fields of the versions 3 and 4.
pub(crate) mod v3 {
    pub(crate) const RAMDISK_SIZE: usize = 12;
    pub(crate) const OS_VERSION: usize = 16;
    pub(crate) const HEADER_SIZE: usize = 20;
    pub(crate) const CMDLINE: usize = 44;
    pub(crate) const SIGNATURE_SIZE: usize = 1580;
}

/// A page in which fields are set.
struct Page(Vec<u8>);

impl Page {
    /// Sets the bytes at `offset`. All offsets and sizes are within the smallest page.
    fn put(&mut self, offset: usize, bytes: &[u8]) {
        let places = self.0.iter_mut().skip(offset);
        for (place, byte) in places.zip(bytes) {
            *place = *byte;
        }
    }

    fn put_u32(&mut self, offset: usize, number: u32) {
        self.put(offset, &number.to_le_bytes());
    }

    fn put_u64(&mut self, offset: usize, number: u64) {
        self.put(offset, &number.to_le_bytes());
    }
}

/// Returns the first page of an image. The header was checked, and `id` is that of the parts.
pub(crate) fn encode(header: &Header, layout: &Layout, id: Option<Id>) -> Vec<u8> {
    let size = usize::try_from(header.page_size).unwrap_or_default();
    let mut page = Page(vec![0; size]);
    page.put(0, MAGIC);
    page.put_u32(VERSION, header.version.number());
    page.put_u32(KERNEL_SIZE, layout.part_size(Part::Kernel));
    if header.version.has_addresses() {
        put_v0(&mut page, header, layout);
        page.put(v0::ID, &id.unwrap_or(Id([0; 32])).0);
    } else {
        put_v3(&mut page, header, layout);
    }
    page.0
}

fn put_v0(page: &mut Page, header: &Header, layout: &Layout) {
    let addresses = header.addresses.unwrap_or_default();
    let second_size = layout.part_size(Part::Second);
    let second_address = if second_size > 0 { addresses.second } else { 0 };
    let (first, extra) = command_line::split(&header.cmdline);
    page.put_u32(v0::KERNEL_ADDRESS, addresses.kernel);
    page.put_u32(v0::RAMDISK_SIZE, layout.part_size(Part::Ramdisk));
    page.put_u32(v0::RAMDISK_ADDRESS, addresses.ramdisk);
    page.put_u32(v0::SECOND_SIZE, second_size);
    page.put_u32(v0::SECOND_ADDRESS, second_address);
    page.put_u32(v0::TAGS_ADDRESS, addresses.tags);
    page.put_u32(v0::PAGE_SIZE, header.page_size);
    page.put_u32(v0::OS_VERSION, packed_os_version(header));
    page.put(v0::NAME, &header.name);
    page.put(v0::CMDLINE, first);
    page.put(v0::EXTRA_CMDLINE, extra);
    if header.version >= Version::V1 {
        if let Some(range) = layout.range(Part::RecoveryDtbo) {
            page.put_u32(v0::RECOVERY_DTBO_SIZE, range.size);
            page.put_u64(v0::RECOVERY_DTBO_OFFSET, range.offset);
        }
        page.put_u32(v0::HEADER_SIZE, header_size(header.version));
    }
    if header.version == Version::V2 {
        page.put_u32(v0::DTB_SIZE, layout.part_size(Part::Dtb));
        page.put_u64(v0::DTB_ADDRESS, addresses.dtb);
    }
}

fn put_v3(page: &mut Page, header: &Header, layout: &Layout) {
    page.put_u32(v3::RAMDISK_SIZE, layout.part_size(Part::Ramdisk));
    page.put_u32(v3::OS_VERSION, packed_os_version(header));
    page.put_u32(v3::HEADER_SIZE, header_size(header.version));
    page.put(v3::CMDLINE, &header.cmdline);
    if header.version == Version::V4 {
        page.put_u32(v3::SIGNATURE_SIZE, layout.part_size(Part::Signature));
    }
}

fn packed_os_version(header: &Header) -> u32 {
    os_version::pack(header.os_version, header.patch_level)
}

/// The size of the header as its own field has it.
pub(crate) fn header_size(version: Version) -> u32 {
    u32::try_from(version.header_size()).unwrap_or(u32::MAX)
}
