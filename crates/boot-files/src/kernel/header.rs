//! The headers of kernels.

use std::io;

use block_probe::bytes::{u16_at, u32_at, u64_at};
use read_at::ReadAt;

use crate::kernel::banner::{MAX_RELEASE, first_word};
use crate::kernel::{Architecture, ImageHeader, Payload};

/// The number of bytes at the beginning of a kernel that contain all of these headers.
pub(super) const HEAD: usize = 0x250;

/// The first bytes of a kernel.
pub(super) struct Head(Vec<u8>);

impl From<Vec<u8>> for Head {
    fn from(bytes: Vec<u8>) -> Self {
        Head(bytes)
    }
}

impl Head {
    pub(super) fn read(file: &dyn ReadAt) -> io::Result<Self> {
        let mut bytes = vec![0; HEAD];
        let count = file.read_up_to_at(&mut bytes, 0)?;
        bytes.truncate(count);
        Ok(Head(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn has(&self, magic: &[u8], offset: usize) -> bool {
        self.0
            .get(offset..)
            .is_some_and(|rest| rest.starts_with(magic))
    }

    /// Returns the form and architecture of a kernel that is neither compressed nor an EFI zboot image.
    pub(super) fn payload(&self) -> Option<(Payload, Architecture)> {
        // The kernel's arch/arm64/include/asm/image.h and arch/riscv/include/asm/image.h.
        if self.has(b"ARM\x64", 0x38) {
            return Some((Payload::Image, Architecture::Arm64));
        }
        if self.has(b"RSC\x05", 0x38) {
            return Some((Payload::Image, Architecture::Riscv));
        }
        // The kernel's arch/arm/boot/compressed/head.S; a big-endian kernel stores it byte-swapped.
        if self.has(&0x016f_2818_u32.to_le_bytes(), 0x24)
            || self.has(&0x016f_2818_u32.to_be_bytes(), 0x24)
        {
            return Some((Payload::ZImage, Architecture::Arm));
        }
        bzimage_architecture(self).map(|architecture| (Payload::BzImage, architecture))
    }

    /// Returns the fields that the headers of arm64 and RISC-V Images have in common.
    pub(super) fn image_header(&self) -> Option<ImageHeader> {
        let (Payload::Image, _) = self.payload()? else {
            return None;
        };
        Some(ImageHeader {
            text_offset: u64_at(&self.0, 8)?,
            image_size: u64_at(&self.0, 16)?,
            flags: u64_at(&self.0, 24)?,
        })
    }
}

/// The header of an EFI zboot image: the kernel's `drivers/firmware/efi/libstub/zboot-header.S`.
pub(super) struct Zboot {
    pub(super) offset: u64,
    pub(super) size: u64,
    /// The kernel's name of the compression, such as `zstd22`.
    pub(super) compression: String,
}

impl Zboot {
    pub(super) fn parse(head: &Head) -> Option<Self> {
        let name = head.0.get(24..0x38)?.split(|byte| *byte == 0).next()?;
        (head.has(b"MZ", 0) && head.has(b"zimg", 4)).then_some(Zboot {
            offset: u32_at(&head.0, 8)?.into(),
            size: u32_at(&head.0, 12)?.into(),
            compression: name.escape_ascii().to_string(),
        })
    }
}

/// Returns the architecture of a bzImage: the kernel's `Documentation/arch/x86/boot.rst`.
fn bzimage_architecture(head: &Head) -> Option<Architecture> {
    // The flag XLF_KERNEL_64 in xloadflags, which older kernels lack.
    let loads_64_bit = u16_at(&head.0, 0x236).is_some_and(|flags| flags & 1 != 0);
    let is_bzimage = head.has(b"HdrS", 0x202) && head.has(&[0x55, 0xaa], 0x1fe);
    is_bzimage.then_some(if loads_64_bit {
        Architecture::X86_64
    } else {
        Architecture::X86
    })
}

/// Returns the release of a bzImage: the first word of the text that `kernel_version` refers to.
pub(super) fn bzimage_release(file: &dyn ReadAt) -> io::Result<Option<String>> {
    let head = Head::read(file)?;
    let pointer = u16_at(&head.0, 0x20e).filter(|pointer| *pointer != 0);
    let Some(pointer) = pointer else {
        return Ok(None);
    };
    let mut text = [0; MAX_RELEASE];
    let count = file.read_up_to_at(&mut text, u64::from(pointer) + 0x200)?;
    Ok(first_word(text.get(..count).unwrap_or_default()))
}
