//! Reads boot images.

#[cfg(test)]
mod tests;

use std::fmt;

use block_probe::bytes::{array_at, u32_at, u64_at};
use read_at::{ReadAt, Window};

use crate::encode::{KERNEL_SIZE, MAGIC, VENDOR_MAGIC, VERSION, header_size, v0, v3};
use crate::header::{FIXED_PAGE_SIZE, check_page_size};
use crate::id::{self, Id};
use crate::layout::Layout;
use crate::{Addresses, Error, Header, Part, PartRange, Version, command_line, os_version};

/// The number of bytes at the beginning of an image that contain every header.
const HEAD: usize = 1660;

/// A boot image. Only its header was read.
pub struct BootImage<'a> {
    file: &'a dyn ReadAt,
    header: Header,
    layout: Layout,
    id: Option<Id>,
    warnings: Vec<String>,
}

impl fmt::Debug for BootImage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BootImage({:?}, {:?})", self.header, self.layout)
    }
}

impl<'a> BootImage<'a> {
    /// Reads the header, and checks that the file contains all parts. What follows the image is ignored:
    /// partitions are larger than their images.
    ///
    /// # Errors
    /// [`Error::Magic`], [`Error::VendorBoot`], [`Error::Version`] and [`Error::PageSize`] for other images,
    /// [`Error::Corrupt`] if a part is beyond the end of the file, and [`Error::Read`].
    pub fn parse(file: &'a dyn ReadAt) -> Result<Self, Error> {
        let fields = Fields::read(file)?;
        let version = Version::from_number(fields.u32(VERSION))?;
        fields.check_size(version)?;
        let header = fields.header(version);
        check_page_size(version, header.page_size)?;
        let layout = Layout::new(header.page_size, |part| fields.part_size(part, version));
        for range in layout.ranges() {
            check_end(range, file.size())?;
        }
        Ok(BootImage {
            id: version.has_addresses().then(|| Id(fields.array(v0::ID))),
            warnings: fields.warnings(version, &layout),
            file,
            header,
            layout,
        })
    }

    /// The fields of the header. Addresses that the version lacks are 0.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The id in the header, in the versions 0 to 2. It is not verified: [`BootImage::compute_id`].
    pub fn id(&self) -> Option<Id> {
        self.id
    }

    /// Computes the id as mkbootimg does, for which it reads all parts. Other tools set other ids, and boot
    /// loaders ignore it. `None` in the versions 3 and 4.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn compute_id(&self) -> Result<Option<Id>, Error> {
        id::compute(self.header.version, |part| self.part(part))
    }

    /// The size of the image in bytes, with the padding after the last part. The file may end in front of
    /// that padding, or be larger.
    pub fn size(&self) -> u64 {
        self.layout.size()
    }

    /// The places of the parts that the image contains, in order.
    pub fn parts(&self) -> impl Iterator<Item = PartRange> {
        self.layout.ranges()
    }

    /// Returns the content of a part; `None` if the image lacks it.
    pub fn part(&self, part: Part) -> Option<Window<&'a dyn ReadAt>> {
        let range = self.layout.range(part)?;
        // `parse` checked that the file contains it.
        Window::new(self.file, range.offset, range.size.into()).ok()
    }

    /// What is unusual in the header, but does not prevent reading the image.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

fn check_end(range: PartRange, file_size: u64) -> Result<(), Error> {
    let PartRange { part, offset, size } = range;
    if offset + u64::from(size) > file_size {
        return Err(Error::Corrupt(format!(
            "{part}: {size} bytes at {offset}, but the file has {file_size} bytes"
        )));
    }
    Ok(())
}

/// The beginning of an image, up to [`HEAD`] bytes.
struct Fields(Vec<u8>);

impl Fields {
    fn read(file: &dyn ReadAt) -> Result<Self, Error> {
        let mut bytes = vec![0; HEAD];
        let count = file.read_up_to_at(&mut bytes, 0);
        bytes.truncate(count.map_err(|error| Error::Read {
            what: "header",
            error,
        })?);
        if bytes.starts_with(VENDOR_MAGIC) {
            return Err(Error::VendorBoot);
        }
        if !bytes.starts_with(MAGIC) {
            bytes.truncate(MAGIC.len());
            return Err(Error::Magic(bytes));
        }
        Ok(Fields(bytes))
    }

    fn check_size(&self, version: Version) -> Result<(), Error> {
        let (found, expected) = (self.0.len(), version.header_size());
        if found < expected {
            return Err(Error::Corrupt(format!(
                "header: the file has {found} bytes, expected at least {expected}"
            )));
        }
        Ok(())
    }

    /// Returns a number of the header; 0 beyond its end.
    fn u32(&self, offset: usize) -> u32 {
        u32_at(&self.0, offset).unwrap_or_default()
    }

    fn array<const LENGTH: usize>(&self, offset: usize) -> [u8; LENGTH] {
        array_at(&self.0, offset).unwrap_or([0; LENGTH])
    }

    /// Returns the text of a field of this size.
    fn text(&self, offset: usize, size: usize) -> &[u8] {
        let field = self.0.get(offset..offset + size);
        command_line::text(field.unwrap_or_default())
    }

    fn header(&self, version: Version) -> Header {
        let has_addresses = version.has_addresses();
        let os_offset = if has_addresses {
            v0::OS_VERSION
        } else {
            v3::OS_VERSION
        };
        let (os_version, patch_level) = os_version::unpack(self.u32(os_offset));
        let mut header = Header {
            version,
            page_size: FIXED_PAGE_SIZE,
            addresses: None,
            os_version,
            patch_level,
            name: Vec::new(),
            cmdline: Vec::new(),
        };
        if has_addresses {
            header.page_size = self.u32(v0::PAGE_SIZE);
            header.addresses = Some(self.addresses(version));
            header.name = self.text(v0::NAME, v0::CMDLINE - v0::NAME).to_vec();
            let first = self.text(v0::CMDLINE, v0::ID - v0::CMDLINE);
            let extra = v0::RECOVERY_DTBO_SIZE - v0::EXTRA_CMDLINE;
            header.cmdline = [first, self.text(v0::EXTRA_CMDLINE, extra)].concat();
        } else {
            header.cmdline = self.text(v3::CMDLINE, command_line::FIELDS).to_vec();
        }
        header
    }

    fn addresses(&self, version: Version) -> Addresses {
        let dtb = u64_at(&self.0, v0::DTB_ADDRESS).filter(|_| version == Version::V2);
        Addresses {
            kernel: self.u32(v0::KERNEL_ADDRESS),
            ramdisk: self.u32(v0::RAMDISK_ADDRESS),
            second: self.u32(v0::SECOND_ADDRESS),
            tags: self.u32(v0::TAGS_ADDRESS),
            dtb: dtb.unwrap_or_default(),
        }
    }

    /// Returns the size of a part in bytes, 0 for one that the version lacks.
    fn part_size(&self, part: Part, version: Version) -> u32 {
        if !part.is_in(version) {
            return 0;
        }
        self.u32(match part {
            Part::Kernel => KERNEL_SIZE,
            Part::Ramdisk if version.has_addresses() => v0::RAMDISK_SIZE,
            Part::Ramdisk => v3::RAMDISK_SIZE,
            Part::Second => v0::SECOND_SIZE,
            Part::RecoveryDtbo => v0::RECOVERY_DTBO_SIZE,
            Part::Dtb => v0::DTB_SIZE,
            Part::Signature => v3::SIGNATURE_SIZE,
        })
    }

    fn warnings(&self, version: Version, layout: &Layout) -> Vec<String> {
        let mut warnings = Vec::new();
        let size_offset = match version {
            Version::V0 => None,
            Version::V1 | Version::V2 => Some(v0::HEADER_SIZE),
            Version::V3 | Version::V4 => Some(v3::HEADER_SIZE),
        };
        if let Some(offset) = size_offset {
            let (found, expected) = (self.u32(offset), header_size(version));
            if found != expected {
                warnings.push(format!(
                    "header size: expected {expected}, found {found} bytes"
                ));
            }
        }
        if version == Version::V2 && layout.range(Part::Dtb).is_none() {
            warnings.push("dtb: missing, but header version 2 requires it".to_owned());
        }
        if let Some(range) = layout.range(Part::RecoveryDtbo) {
            let found = u64_at(&self.0, v0::RECOVERY_DTBO_OFFSET).unwrap_or_default();
            if found != range.offset {
                let expected = range.offset;
                warnings.push(format!(
                    "recovery_dtbo offset: expected {expected}, found {found}"
                ));
            }
        }
        warnings
    }
}
