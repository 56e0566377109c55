//! Texts for the numbers and formats in messages.

use goblin::elf::header::{self, ELFOSABI_LINUX, ELFOSABI_NONE};

use crate::Target;

/// The format that a file other than an ELF file has, such as ` but gzip data`; empty if unknown.
pub(super) fn guess_format(bytes: &[u8]) -> &'static str {
    const FORMATS: [(&[u8], &str); 20] = [
        (b"#!", " but a script"),
        (b"!<arch>\n", " but a static library"),
        (b"!<thin>\n", " but a static library"),
        (b"\x1f\x8b", " but gzip data"),
        (b"\x28\xb5\x2f\xfd", " but zstd data"),
        (b"\xfd7zXZ\0", " but xz data"),
        (b"BZh", " but bzip2 data"),
        (b"PK\x03\x04", " but a zip archive"),
        (b"0707", " but a cpio archive"),
        (b"MZ", " but a PE program (Windows or UEFI)"),
        // Of 64 and 32 bits, in both byte orders, and for several CPUs.
        (b"\xcf\xfa\xed\xfe", " but a Mach-O program (macOS)"),
        (b"\xfe\xed\xfa\xcf", " but a Mach-O program (macOS)"),
        (b"\xce\xfa\xed\xfe", " but a Mach-O program (macOS)"),
        (b"\xfe\xed\xfa\xce", " but a Mach-O program (macOS)"),
        (
            b"\xca\xfe\xba\xbe\0\0\0",
            " but a Mach-O program (macOS) or a Java class",
        ),
        (b"\xca\xfe\xba\xbf\0\0\0", " but a Mach-O program (macOS)"),
        (b"\0asm", " but a WebAssembly module"),
        (b"BC\xc0\xde", " but LLVM bitcode"),
        (b"version https://git-lfs", " but a Git LFS pointer"),
        (b"<", " but HTML or XML"),
    ];
    FORMATS
        .into_iter()
        .find(|(magic, _)| bytes.starts_with(magic))
        .map_or("", |(_, format)| format)
}

/// Formats an `e_machine` as name and number, or only as number if its name is unknown.
pub(super) fn machine(machine: u16) -> String {
    let name = match Target::from_machine(machine) {
        Some(Target::Aarch64) => "AArch64",
        Some(Target::Armv7) => "Arm",
        Some(Target::Riscv64) => "RISC-V",
        Some(Target::X86_64) => "x86-64",
        None => header::machine_to_str(machine),
    };
    match name {
        "EM_UNKNOWN" => format!("e_machine {machine}"),
        name => format!("{name} (e_machine {machine})"),
    }
}

/// Formats an `e_type` as its name, or as number if that is unknown.
pub(super) fn file_type(file_type: u16) -> String {
    match header::et_to_str(file_type) {
        "UNKNOWN_ET" => format!("{file_type:#x}"),
        name => name.to_owned(),
    }
}

/// Formats an `EI_OSABI` as name and number, or only as number if its name is unknown.
pub(super) fn describe_os_abi(os_abi: u8) -> String {
    let name = match os_abi {
        ELFOSABI_NONE => "System V",
        1 => "HP-UX",
        2 => "NetBSD",
        ELFOSABI_LINUX => "Linux",
        6 => "Solaris",
        7 => "AIX",
        9 => "FreeBSD",
        12 => "OpenBSD",
        97 => "Arm",
        255 => "no operating system",
        _ => return format!("EI_OSABI {os_abi}"),
    };
    format!("{name} (EI_OSABI {os_abi})")
}
