//! The check that a file is a static program for a target.
//!
//! A stage0 runs where there is nothing else: no dynamic loader, no libraries. So the file itself
//! is looked at, not the flags it was built with. Only the header, the program headers and the
//! dynamic section are read, which is all that the kernel and a program's own start-up code read;
//! section headers can be absent or broken in files that run well.
//!
//! Source of the format: the System V ABI, chapters 4 and 5; `elf(5)`.

use std::fmt;
use std::ops::Range;

use goblin::container::Ctx;
use goblin::elf::Elf;
use goblin::elf::dynamic::{DF_1_PIE, DT_NEEDED, Dynamic};
use goblin::elf::header::{
    self, EI_CLASS, EI_DATA, ELFCLASS32, ELFCLASS64, ELFDATA2LSB, ELFDATA2MSB, ELFMAG, ET_DYN,
    ET_EXEC, Header,
};
use goblin::elf::program_header::{PT_DYNAMIC, PT_INTERP, PT_LOAD, ProgramHeader};
use goblin::elf::section_header::SectionHeader;
use serde::Serialize;

use crate::Target;

/// How a program that needs nothing else is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Linkage {
    /// At fixed addresses (`ET_EXEC`).
    Static,
    /// Position independent (`ET_DYN` with `DF_1_PIE`); it relocates itself.
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

/// Why a file is not a static program for the target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// It has no bytes.
    #[error("empty (0 bytes); build or download it again")]
    Empty,
    /// It is something else; the text names what it looks like.
    #[error("not an ELF file{0}; name the stage0 artifact itself")]
    NotElf(&'static str),
    /// Something lies behind its end.
    #[error(
        "truncated or damaged: its {part} should end at byte {end}, but the file has {size} bytes; \
         build or download it again"
    )]
    Truncated {
        /// What is missing.
        part: &'static str,
        /// Where it should end, in bytes from the start of the file.
        end: u64,
        /// The size of the file in bytes.
        size: u64,
    },
    /// It contradicts itself.
    #[error("a damaged ELF file ({0}); build or download it again")]
    Damaged(String),
    /// It is for a machine that has no stage0.
    #[error("an ELF for {}, for which there is no stage0", machine(*.0))]
    UnknownMachine(u16),
    /// It is for another machine.
    #[error(
        "an ELF for {}, but {target} needs {}; build or download the artifact for that target",
        machine(*.found), machine(target.machine())
    )]
    WrongMachine {
        /// The file's `e_machine`.
        found: u16,
        /// The target that it was checked for.
        target: Target,
    },
    /// It is for the right machine in another mode.
    #[error(
        "a {found} ELF, but {target} needs a {expected} one; build the artifact for that target"
    )]
    WrongFormat {
        /// Word size or byte order of the file.
        found: &'static str,
        /// What it should be.
        expected: &'static str,
        /// The target that it was checked for.
        target: Target,
    },
    /// It passes floating-point numbers in other registers than the target does.
    #[error(
        "an Arm ELF without the hard-float EABI 5 (e_flags {0:#x}), which {1} needs; \
         build the artifact for that target"
    )]
    SoftFloat(u32, Target),
    /// It is an object file, a core dump or something else that nobody can run.
    #[error("an ELF file of type {}, not a program; name the linked artifact", header::et_to_str(*.0))]
    NotProgram(u16),
    /// It is a library.
    #[error(
        "a shared library (ET_DYN without DF_1_PIE or without an entry point), not a program; \
             name the stage0 artifact itself"
    )]
    SharedLibrary,
    /// It wants a dynamic loader.
    #[error(
        "dynamically linked: it needs the loader {0}, which no device has at that time; \
         link it statically (-Ctarget-feature=+crt-static)"
    )]
    Interpreter(String),
    /// It wants a library.
    #[error(
        "dynamically linked: it needs {0}, which no device has at that time; \
         link it statically (-Ctarget-feature=+crt-static)"
    )]
    Needed(String),
}

/// Checks that `bytes` are a whole ELF program for `target` that needs no loader and no library.
///
/// Never panics, whatever the bytes are, and uses no more memory than a small multiple of them.
pub fn check(bytes: &[u8], target: Target) -> Result<Linkage, CheckError> {
    let program = Program::parse(bytes)?;
    program.check_target(target)?;
    program.linkage()
}

/// The headers of a program, all of which lie inside the file.
pub(crate) struct Program<'a> {
    bytes: &'a [u8],
    header: Header,
    pub(crate) context: Ctx,
    segments: Vec<ProgramHeader>,
    dynamic: Option<Dynamic>,
}

impl<'a> Program<'a> {
    /// Reads the headers; fails when the file is not a whole ELF program of any machine.
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
            return Err(CheckError::NotElf(looks_like(bytes)));
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
        inside("header", 0, header_size as u64)?;
        let header = Elf::parse_header(bytes).map_err(damaged)?;
        let context = Ctx::new(
            header.container().map_err(damaged)?,
            header.endianness().map_err(damaged)?,
        );
        if !matches!(header.e_type, ET_EXEC | ET_DYN) {
            return Err(CheckError::NotProgram(header.e_type));
        }

        // Larger entries are allowed by the format, but the kernel refuses them too.
        if usize::from(header.e_phentsize) != ProgramHeader::size(context) {
            return Err(CheckError::Damaged(format!(
                "e_phentsize is {}",
                header.e_phentsize
            )));
        }
        let table = u64::from(header.e_phnum) * u64::from(header.e_phentsize);
        inside("program header table", header.e_phoff, table)?;
        let segments = ProgramHeader::parse(
            bytes,
            header.e_phoff as usize,
            header.e_phnum.into(),
            context,
        )
        .map_err(damaged)?;
        for segment in &segments {
            inside("segments", segment.p_offset, segment.p_filesz)?;
        }
        if !segments.iter().any(|segment| segment.p_type == PT_LOAD) {
            return Err(CheckError::Damaged("nothing to load".to_owned()));
        }
        // Nothing that runs reads them. But they are the last thing in the file, so this is how a
        // file that lost its end is noticed.
        if header.e_shoff != 0 {
            let entry = SectionHeader::size(context) as u64;
            let table = u64::from(header.e_shnum) * entry;
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

    /// The whole file.
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// `e_entry`.
    pub(crate) fn entry(&self) -> u64 {
        self.header.e_entry
    }

    /// The dynamic section.
    pub(crate) fn dynamic(&self) -> Option<&Dynamic> {
        self.dynamic.as_ref()
    }

    /// The section headers, of which nothing but [`SectionHeader`]'s own size is sure.
    pub(crate) fn sections(&self) -> Result<Vec<SectionHeader>, CheckError> {
        let (offset, count) = (self.header.e_shoff as usize, self.header.e_shnum.into());
        SectionHeader::parse(self.bytes, offset, count, self.context).map_err(damaged)
    }

    /// The index of the section that holds the sections' names.
    pub(crate) fn section_names(&self) -> usize {
        self.header.e_shstrndx.into()
    }

    /// `e_machine`.
    pub(crate) fn machine(&self) -> u16 {
        self.header.e_machine
    }

    /// Type, alignment and content of every segment of type `kind`.
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
        // "ELF for the Arm Architecture", 5.1.
        const EF_ARM_ABI_FLOAT_HARD: u32 = 0x400;
        let flags = self.header.e_flags;
        let is_hard_float = flags & EF_ARM_ABI_FLOAT_HARD != 0 && flags >> 24 == 5;
        if target == Target::Armv7 && !is_hard_float {
            return Err(CheckError::SoftFloat(flags, target));
        }
        Ok(())
    }

    /// How it is linked; fails if it is not a static program.
    pub(crate) fn linkage(&self) -> Result<Linkage, CheckError> {
        self.check_needs_nothing()?;
        self.check_type()
    }

    /// Checks that it needs no loader and no library.
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

    /// Checks that it is a program by its type; whatever else it may need.
    pub(crate) fn check_type(&self) -> Result<Linkage, CheckError> {
        // A shared library can lack PT_INTERP and DT_NEEDED too. The linker marks what it linked
        // as a program.
        let is_pie = self
            .dynamic()
            .is_some_and(|dynamic| dynamic.info.flags_1 & DF_1_PIE != 0);
        match self.header.e_type {
            ET_EXEC => Ok(Linkage::Static),
            _ if is_pie && self.header.e_entry != 0 => Ok(Linkage::StaticPie),
            _ => Err(CheckError::SharedLibrary),
        }
    }

    /// A string of the dynamic string table, if it is valid and not empty.
    pub(crate) fn dynamic_string(&self, offset: u64) -> Option<String> {
        let start = usize::try_from(offset).ok()?;
        let start = self.dynamic()?.info.strtab.checked_add(start)?;
        Some(text(self.bytes.get(start..)?)).filter(|text| !text.is_empty())
    }
}

/// The bytes of a segment that [`Program::parse`] found to lie inside the file.
fn range(segment: &ProgramHeader) -> Range<usize> {
    let start = segment.p_offset as usize;
    start..start + segment.p_filesz as usize
}

/// Text up to the first NUL, cut to a length that fits into a message.
pub(crate) fn text(bytes: &[u8]) -> String {
    const LONGEST: usize = 100;
    let end = bytes.iter().take(LONGEST).position(|byte| *byte == 0);
    let end = end.unwrap_or(LONGEST.min(bytes.len()));
    bytes[..end].escape_ascii().to_string()
}

fn looks_like(bytes: &[u8]) -> &'static str {
    const LOOKS: [(&[u8], &str); 5] = [
        (b"#!", " but a script"),
        (b"!<arch>\n", " but a static library"),
        (b"\x1f\x8b", " but gzip data"),
        (b"\x28\xb5\x2f\xfd", " but zstd data"),
        (b"<", " but HTML or XML"),
    ];
    LOOKS
        .into_iter()
        .find(|(start, _)| bytes.starts_with(start))
        .map_or("", |(_, what)| what)
}

fn damaged(error: goblin::error::Error) -> CheckError {
    CheckError::Damaged(error.to_string())
}

/// A machine's name and number.
fn machine(machine: u16) -> String {
    let name = match Target::from_machine(machine) {
        Some(Target::Aarch64) => "AArch64",
        Some(Target::Armv7) => "Arm",
        Some(Target::Riscv64) => "RISC-V",
        Some(Target::X86_64) => "x86-64",
        None => header::machine_to_str(machine),
    };
    format!("{name} (e_machine {machine})")
}

#[cfg(test)]
mod tests;
