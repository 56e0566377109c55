//! Checks that a file is a static program for a target.
//!
//! stage0 runs in an initramfs without a dynamic loader and without libraries. The check inspects the
//! file itself, because compiler flags do not guarantee a static program. It reads only what the kernel
//! and the program's start-up code read: the header, the program headers and the dynamic section. Section
//! headers can be absent or damaged in a program that runs.
//!
//! Format: the System V ABI, chapters 4 and 5; `elf(5)`.

mod describe;

use std::fmt;
use std::ops::Range;

use goblin::container::Ctx;
use goblin::elf::Elf;
use goblin::elf::dynamic::{DF_1_PIE, DT_NEEDED, Dynamic};
use goblin::elf::header::{
    self, EI_ABIVERSION, EI_CLASS, EI_DATA, EI_OSABI, EI_VERSION, ELFCLASS32, ELFCLASS64,
    ELFDATA2LSB, ELFDATA2MSB, ELFMAG, ELFOSABI_LINUX, ELFOSABI_NONE, ET_DYN, ET_EXEC, EV_CURRENT,
    Header,
};
use goblin::elf::program_header::{PT_DYNAMIC, PT_INTERP, PT_LOAD, ProgramHeader};
use goblin::elf::section_header::SectionHeader;
use serde::Serialize;

use crate::Target;
use describe::{describe_os_abi, file_type, guess_format, machine};

/// The linkage of a static program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Linkage {
    /// Linked at fixed addresses (`ET_EXEC`).
    Static,
    /// Position independent (`ET_DYN` with `DF_1_PIE`): the start-up code relocates the program.
    StaticPie,
}

impl fmt::Display for Linkage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Linkage::Static => "static",
            Linkage::StaticPie => "static-pie",
        })
    }
}

/// The error for a file that is not a static program for the target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// The file is empty.
    #[error("empty (0 bytes); build or download it again")]
    Empty,
    /// The file is not an ELF file; the value is the format that it has, such as ` but gzip data`, or empty
    /// if that is unknown.
    #[error("not an ELF file{0}; name the stage0 artifact itself")]
    NotElf(&'static str),
    /// The file is truncated: a header, segment or section header ends after the end of the file.
    #[error(
        "truncated or damaged: the {part} ends at byte {end}, but the file has {size} bytes; \
         build or download it again"
    )]
    Truncated {
        /// The name of the header, table or segment.
        part: &'static str,
        /// The offset in bytes at which `part` ends.
        end: u64,
        /// The size of the file in bytes.
        size: u64,
    },
    /// The headers are inconsistent or have an invalid value, which the text describes.
    #[error("damaged ELF file: {0}; build or download it again")]
    Damaged(String),
    /// No target has this `e_machine`.
    #[error("unsupported machine {}; build it for a target of stage0", machine(*.0))]
    UnknownMachine(u16),
    /// The file is a program for another machine.
    #[error(
        "machine mismatch: expected {} for {target}, got {}; build or download the artifact for that target",
        machine(target.machine()), machine(*.found)
    )]
    WrongMachine {
        /// The file's `e_machine`.
        found: u16,
        /// The target that the file was checked for.
        target: Target,
    },
    /// The word size or the byte order differs from that of the target.
    #[error(
        "format mismatch: expected a {expected} ELF file for {target}, got a {found} one; \
         build or download the artifact for that target"
    )]
    WrongFormat {
        /// The word size or byte order of the file, such as `32-bit` or `big-endian`.
        found: &'static str,
        /// The word size or byte order of the target.
        expected: &'static str,
        /// The target that the file was checked for.
        target: Target,
    },
    /// The program is for another operating system, or for a version of its ABI that Linux does not define.
    #[error(
        "operating system mismatch: expected System V (EI_OSABI 0) or Linux (3) with EI_ABIVERSION 0, \
         got {} with {version}; build or download the artifact for Linux", describe_os_abi(*.os_abi)
    )]
    WrongOsAbi {
        /// The file's `EI_OSABI`.
        os_abi: u8,
        /// The file's `EI_ABIVERSION`.
        version: u8,
    },
    /// An Arm program without the hard-float ABI of the target; the value is its `e_flags`.
    #[error(
        "float ABI mismatch: expected the hard-float EABI 5 for {1}, got e_flags {0:#x}; \
         build or download the artifact for that target"
    )]
    SoftFloat(u32, Target),
    /// The file is an object file, a core dump or of another type that is not executable; the value is its
    /// `e_type`.
    #[error("not a program: an ELF file of type {}; name the linked artifact", file_type(*.0))]
    NotProgram(u16),
    /// The file is a shared library.
    #[error(
        "not a program: a shared library (ET_DYN without DF_1_PIE or without an entry point); \
         name the stage0 artifact itself"
    )]
    SharedLibrary,
    /// The program requires the dynamic loader at this path.
    #[error(
        "dynamically linked: it needs the loader {0}, which the initramfs does not contain; \
         link it statically (-Ctarget-feature=+crt-static)"
    )]
    Interpreter(String),
    /// The program requires the shared library with this name.
    #[error(
        "dynamically linked: it needs {0}, which the initramfs does not contain; \
         link it statically (-Ctarget-feature=+crt-static)"
    )]
    Needed(String),
}

/// The maximum size in bytes of the program header table, from load_elf_phdrs in fs/binfmt_elf.c of Linux.
const MAX_PROGRAM_HEADERS: u64 = 65536;

/// Checks that `bytes` are a complete ELF program for `target` that needs no loader and no library.
///
/// Accepts untrusted input: it never panics, and uses no more memory than a small multiple of the input.
pub fn check(bytes: &[u8], target: Target) -> Result<Linkage, CheckError> {
    let program = Program::parse(bytes)?;
    program.check_target(target)?;
    program.linkage()
}

/// A parsed program. Its program headers, segments and section headers are within the file.
pub(crate) struct Program<'a> {
    bytes: &'a [u8],
    header: Header,
    pub(crate) context: Ctx,
    segments: Vec<ProgramHeader>,
    dynamic: Option<Dynamic>,
}

impl<'a> Program<'a> {
    /// Parses the headers. Fails if the file is not a complete ELF program; the machine may be any.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, CheckError> {
        let size = bytes.len() as u64;
        let inside = |part, offset: u64, length: u64| match offset.checked_add(length) {
            Some(end) if end <= size => Ok(()),
            end => Err(CheckError::Truncated {
                part,
                end: end.unwrap_or(u64::MAX),
                size,
            }),
        };

        if bytes.is_empty() {
            return Err(CheckError::Empty);
        }
        if !bytes.starts_with(ELFMAG) {
            return Err(CheckError::NotElf(guess_format(bytes)));
        }
        inside("identification", 0, header::SIZEOF_IDENT as u64)?;
        let header_size = match bytes[EI_CLASS] {
            ELFCLASS32 => header::header32::SIZEOF_EHDR,
            ELFCLASS64 => header::header64::SIZEOF_EHDR,
            class => return Err(CheckError::Damaged(format!("EI_CLASS is {class}"))),
        };
        if !matches!(bytes[EI_DATA], ELFDATA2LSB | ELFDATA2MSB) {
            return Err(CheckError::Damaged(format!(
                "EI_DATA is {}",
                bytes[EI_DATA]
            )));
        }
        check_field("EI_VERSION", bytes[EI_VERSION], EV_CURRENT)?;
        inside("header", 0, header_size as u64)?;
        let header = Elf::parse_header(bytes).map_err(damaged)?;
        // The kernel ignores versions and the header's size (load_elf_binary in fs/binfmt_elf.c), but the System V
        // ABI allows only these values, and other readers of the file rely on them.
        check_field("e_version", header.e_version, EV_CURRENT.into())?;
        check_field("e_ehsize", header.e_ehsize.into(), header_size)?;
        let context = Ctx::new(
            header.container().map_err(damaged)?,
            header.endianness().map_err(damaged)?,
        );
        if !matches!(header.e_type, ET_EXEC | ET_DYN) {
            return Err(CheckError::NotProgram(header.e_type));
        }

        // The format allows larger entries and more of them, but the kernel rejects both (load_elf_phdrs in
        // fs/binfmt_elf.c).
        let entry = ProgramHeader::size(context);
        check_field("e_phentsize", header.e_phentsize.into(), entry)?;
        let table = u64::from(header.e_phnum) * u64::from(header.e_phentsize);
        if table > MAX_PROGRAM_HEADERS {
            return Err(CheckError::Damaged(format!(
                "the program headers have {table} bytes, but the kernel accepts {MAX_PROGRAM_HEADERS}"
            )));
        }
        inside("program header table", header.e_phoff, table)?;
        let segments = ProgramHeader::parse(
            bytes,
            header.e_phoff as usize,
            header.e_phnum.into(),
            context,
        )
        .map_err(damaged)?;
        for segment in &segments {
            inside("segment", segment.p_offset, segment.p_filesz)?;
        }
        if !segments.iter().any(|segment| segment.p_type == PT_LOAD) {
            return Err(CheckError::Damaged("no PT_LOAD segment".to_owned()));
        }
        // A running program does not need the section headers. But they are at the end of the file, so
        // without this check a truncated file could pass.
        if header.e_shoff != 0 {
            let entry = SectionHeader::size(context);
            if header.e_shnum != 0 {
                check_field("e_shentsize", header.e_shentsize.into(), entry)?;
            }
            let table = u64::from(header.e_shnum) * entry as u64;
            inside("section header table", header.e_shoff, table)?;
        }
        if segments.iter().filter(|s| s.p_type == PT_DYNAMIC).count() > 1 {
            return Err(CheckError::Damaged("more than one PT_DYNAMIC".to_owned()));
        }
        let dynamic = Dynamic::parse(bytes, &segments, context).map_err(damaged)?;
        Ok(Program {
            bytes,
            header,
            context,
            segments,
            dynamic,
        })
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// `e_entry`.
    pub(crate) fn entry(&self) -> u64 {
        self.header.e_entry
    }

    pub(crate) fn dynamic(&self) -> Option<&Dynamic> {
        self.dynamic.as_ref()
    }

    /// The section headers. Their offsets and sizes are not validated: they can point outside the file.
    pub(crate) fn sections(&self) -> Result<Vec<SectionHeader>, CheckError> {
        let (offset, count) = (self.header.e_shoff as usize, self.header.e_shnum.into());
        SectionHeader::parse(self.bytes, offset, count, self.context).map_err(damaged)
    }

    /// The index of the section that contains the names of sections (`e_shstrndx`).
    pub(crate) fn section_names(&self) -> usize {
        self.header.e_shstrndx.into()
    }

    /// `e_machine`.
    pub(crate) fn machine(&self) -> u16 {
        self.header.e_machine
    }

    /// The program header and the content of each segment of type `kind`, in the order of the headers.
    pub(crate) fn segments(&self, kind: u32) -> impl Iterator<Item = (&ProgramHeader, &'a [u8])> {
        self.segments
            .iter()
            .filter(move |segment| segment.p_type == kind)
            .map(|segment| (segment, &self.bytes[range(segment)]))
    }

    pub(crate) fn check_target(&self, target: Target) -> Result<(), CheckError> {
        let wrong = |found, expected| {
            Err(CheckError::WrongFormat {
                found,
                expected,
                target,
            })
        };
        let found = self.machine();
        if found != target.machine() {
            return Err(CheckError::WrongMachine { found, target });
        }
        match (self.header.e_ident[EI_CLASS], target.class()) {
            (ELFCLASS32, ELFCLASS64) => return wrong("32-bit", "64-bit"),
            (ELFCLASS64, ELFCLASS32) => return wrong("64-bit", "32-bit"),
            _ => {}
        }
        if self.header.e_ident[EI_DATA] != ELFDATA2LSB {
            return wrong("big-endian", "little-endian");
        }
        // The kernel accepts any. But the System V ABI defines what another value means: a program for that
        // system, whose system calls differ. Programs of GNU and musl have 0, or 3 if they use GNU extensions.
        let [os_abi, version] = [EI_OSABI, EI_ABIVERSION].map(|at| self.header.e_ident[at]);
        if !matches!(os_abi, ELFOSABI_NONE | ELFOSABI_LINUX) || version != 0 {
            return Err(CheckError::WrongOsAbi { os_abi, version });
        }
        // "ELF for the Arm Architecture", 5.1.
        const EF_ARM_ABI_FLOAT_HARD: u32 = 0x400;
        let flags = self.header.e_flags;
        let is_hard_float = flags & EF_ARM_ABI_FLOAT_HARD != 0 && flags >> 24 == 5;
        if target == Target::Armv7 && !is_hard_float {
            return Err(CheckError::SoftFloat(flags, target));
        }
        Ok(())
    }

    /// Returns the linkage; fails if this is not a static program.
    pub(crate) fn linkage(&self) -> Result<Linkage, CheckError> {
        self.check_needs_nothing()?;
        self.check_type()
    }

    /// Checks that the program needs no loader and no library.
    pub(crate) fn check_needs_nothing(&self) -> Result<(), CheckError> {
        if let Some((_, path)) = self.segments(PT_INTERP).next() {
            return Err(CheckError::Interpreter(text(path)));
        }
        let needed = self.dynamic().and_then(|dynamic| {
            let mut entries = dynamic.dyns.iter();
            entries.find(|entry| entry.d_tag == DT_NEEDED)
        });
        match needed {
            Some(entry) => {
                let name = self.dynamic_string(entry.d_val);
                Err(CheckError::Needed(name.unwrap_or("a library".to_owned())))
            }
            None => Ok(()),
        }
    }

    /// Checks that the file is a program and not a library, whether or not it is static.
    pub(crate) fn check_type(&self) -> Result<Linkage, CheckError> {
        // A shared library can lack PT_INTERP and DT_NEEDED too; only DF_1_PIE, which the linker sets
        // for programs, distinguishes the two.
        let is_pie = self
            .dynamic()
            .is_some_and(|dynamic| dynamic.info.flags_1 & DF_1_PIE != 0);
        match self.header.e_type {
            ET_EXEC => Ok(Linkage::Static),
            _ if is_pie && self.header.e_entry != 0 => Ok(Linkage::StaticPie),
            _ => Err(CheckError::SharedLibrary),
        }
    }

    /// The string at `offset` in the dynamic string table; `None` if it is out of bounds or empty.
    pub(crate) fn dynamic_string(&self, offset: u64) -> Option<String> {
        let start = usize::try_from(offset).ok()?;
        let start = self.dynamic()?.info.strtab.checked_add(start)?;
        Some(text(self.bytes.get(start..)?)).filter(|text| !text.is_empty())
    }
}

/// The range of a segment in the file. Cannot overflow: [`Program::parse`] checked that it is in the file.
fn range(segment: &ProgramHeader) -> Range<usize> {
    let start = segment.p_offset as usize;
    start..start + segment.p_filesz as usize
}

/// The text up to the first NUL, escaped and truncated for use in a message.
pub(crate) fn text(bytes: &[u8]) -> String {
    const MAX_LENGTH: usize = 100;
    let end = bytes.iter().take(MAX_LENGTH).position(|byte| *byte == 0);
    let end = end.unwrap_or(MAX_LENGTH.min(bytes.len()));
    bytes[..end].escape_ascii().to_string()
}

/// Checks a field of the header that has to have the value `expected`.
fn check_field<T: PartialEq + fmt::Display>(
    name: &str,
    found: T,
    expected: T,
) -> Result<(), CheckError> {
    if found == expected {
        return Ok(());
    }
    Err(CheckError::Damaged(format!(
        "{name} is {found}, not {expected}"
    )))
}

fn damaged(error: goblin::error::Error) -> CheckError {
    CheckError::Damaged(error.to_string())
}

#[cfg(test)]
mod tests;
