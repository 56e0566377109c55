//! The forms of kernels.

use std::fmt;

use decompress::Format;

/// The architecture of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// 64-bit Arm.
    Arm64,
    /// 32-bit Arm.
    Arm,
    /// RISC-V; the header of its Image does not contain the width.
    Riscv,
    /// 64-bit x86.
    X86_64,
    /// 32-bit x86.
    X86,
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Architecture::Arm64 => "aarch64",
            Architecture::Arm => "arm",
            Architecture::Riscv => "riscv",
            Architecture::X86_64 => "x86_64",
            Architecture::X86 => "x86",
        })
    }
}

/// The innermost form of a kernel: what a boot loader starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// An arm64 or RISC-V Image.
    Image,
    /// A zImage of 32-bit Arm, which decompresses itself.
    ZImage,
    /// A bzImage of x86, which decompresses itself.
    BzImage,
}

/// How an Image is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// As it is.
    Plain,
    /// As a compressed stream, such as `Image.gz`.
    Compressed(Format),
    /// As an EFI program that decompresses it.
    Zboot(Format),
}

/// How a kernel is stored in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// Whether the file is a unified kernel image.
    pub is_uki: bool,
    /// How the payload is packed.
    pub packing: Packing,
    /// What a boot loader starts.
    pub payload: Payload,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.payload {
            Payload::Image => "Image",
            Payload::ZImage => "zImage",
            Payload::BzImage => "bzImage",
        })?;
        match self.packing {
            Packing::Plain => {}
            Packing::Compressed(format) => write!(f, ", {format}")?,
            Packing::Zboot(format) => write!(f, ", EFI zboot, {format}")?,
        }
        if self.is_uki {
            f.write_str(", unified kernel image")?;
        }
        Ok(())
    }
}

/// The header of an arm64 or RISC-V Image: the kernel's `Documentation/arch/arm64/booting.rst` and
/// `Documentation/arch/riscv/boot-image-header.rst`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageHeader {
    /// The offset in bytes of the Image from an address that is a multiple of 2 MiB.
    pub text_offset: u64,
    /// The number of bytes that the kernel needs in memory from its beginning on, more than the file has;
    /// 0 for kernels before 3.17.
    pub image_size: u64,
    /// Byte order, page size and placement.
    pub flags: u64,
}
