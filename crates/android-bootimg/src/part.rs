//! The parts of a boot image.

use std::fmt;

use read_at::ReadAt;

use crate::Version;

/// A part of a boot image. Their order is that in the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The kernel.
    Kernel,
    /// The initramfs.
    Ramdisk,
    /// The second-stage boot loader, in the versions 0 to 2.
    Second,
    /// The device tree overlays for recovery, in the versions 1 and 2.
    RecoveryDtbo,
    /// The device tree, in version 2.
    Dtb,
    /// The signature of the image, in version 4.
    Signature,
}

impl Part {
    /// All parts, in the order in which they are in an image.
    pub const ALL: [Part; 6] = [
        Part::Kernel,
        Part::Ramdisk,
        Part::Second,
        Part::RecoveryDtbo,
        Part::Dtb,
        Part::Signature,
    ];

    /// The name for messages and files, such as `recovery_dtbo`.
    pub fn name(self) -> &'static str {
        match self {
            Part::Kernel => "kernel",
            Part::Ramdisk => "ramdisk",
            Part::Second => "second",
            Part::RecoveryDtbo => "recovery_dtbo",
            Part::Dtb => "dtb",
            Part::Signature => "signature",
        }
    }

    /// Whether images of a header version can contain the part.
    pub fn is_in(self, version: Version) -> bool {
        match self {
            Part::Kernel | Part::Ramdisk => true,
            Part::Second => version <= Version::V2,
            Part::RecoveryDtbo => matches!(version, Version::V1 | Version::V2),
            Part::Dtb => version == Version::V2,
            Part::Signature => version == Version::V4,
        }
    }

    /// Whether images of a header version that we write must contain the part.
    pub(crate) fn is_required_by(self, version: Version) -> bool {
        match self {
            Part::Kernel | Part::Ramdisk => true,
            Part::Dtb => version == Version::V2,
            Part::Second | Part::RecoveryDtbo | Part::Signature => false,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The contents of the parts of an image to write. They are read twice, for the id and for the image, and
/// must not change in between.
#[derive(Clone, Copy)]
pub struct Parts<'a> {
    /// The kernel.
    pub kernel: &'a dyn ReadAt,
    /// The initramfs.
    pub ramdisk: &'a dyn ReadAt,
    /// The second-stage boot loader.
    pub second: Option<&'a dyn ReadAt>,
    /// The device tree overlays for recovery.
    pub recovery_dtbo: Option<&'a dyn ReadAt>,
    /// The device tree.
    pub dtb: Option<&'a dyn ReadAt>,
    /// The signature of the image, which is written as it is.
    pub signature: Option<&'a dyn ReadAt>,
}

impl<'a> Parts<'a> {
    /// The parts that every image has.
    pub fn new(kernel: &'a dyn ReadAt, ramdisk: &'a dyn ReadAt) -> Self {
        Parts {
            kernel,
            ramdisk,
            second: None,
            recovery_dtbo: None,
            dtb: None,
            signature: None,
        }
    }

    /// Returns the content of a part.
    pub fn get(&self, part: Part) -> Option<&'a dyn ReadAt> {
        match part {
            Part::Kernel => Some(self.kernel),
            Part::Ramdisk => Some(self.ramdisk),
            Part::Second => self.second,
            Part::RecoveryDtbo => self.recovery_dtbo,
            Part::Dtb => self.dtb,
            Part::Signature => self.signature,
        }
    }
}

impl fmt::Debug for Parts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes = Part::ALL.map(|part| self.get(part).map(ReadAt::size));
        f.debug_map().entries(Part::ALL.iter().zip(sizes)).finish()
    }
}
