//! The table of checks: the id, severity and purpose of each.

use serde::{Serialize, Serializer};

/// A check of a property that a released artifact must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // `id_and_why` describes each.
pub enum Check {
    Name,
    Exists,
    NotEmpty,
    ElfFormat,
    Machine,
    ProgramType,
    Static,
    UndefinedSymbols,
    Segments,
    EntryPoint,
    WxSegments,
    ExecStack,
    Relro,
    PageAlignment,
    Stripped,
    Paths,
    Identity,
    Size,
    Runs,
}

/// The consequence of a failed check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The artifact must not be released.
    Error,
    /// The artifact can be released.
    Warning,
}

impl Check {
    /// Every check, in the order in which they are reported.
    pub const ALL: [Check; 19] = [
        Check::Name,
        Check::Exists,
        Check::NotEmpty,
        Check::ElfFormat,
        Check::Machine,
        Check::ProgramType,
        Check::Static,
        Check::UndefinedSymbols,
        Check::Segments,
        Check::EntryPoint,
        Check::WxSegments,
        Check::ExecStack,
        Check::Relro,
        Check::PageAlignment,
        Check::Stripped,
        Check::Paths,
        Check::Identity,
        Check::Size,
        Check::Runs,
    ];

    /// The id of the check, which is stable, for use by programs.
    pub const fn id(self) -> &'static str {
        self.id_and_why().0
    }

    /// The consequence of a failure.
    pub const fn severity(self) -> Severity {
        match self {
            // Symbols do not change what the program does, and the check `size` limits the size.
            Check::Stripped => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// The purpose of the check, in one line.
    pub const fn why(self) -> &'static str {
        self.id_and_why().1
    }

    const fn id_and_why(self) -> (&'static str, &'static str) {
        match self {
            Check::Name => (
                "name",
                "downloads and packages find a stage0 by the target in its name",
            ),
            Check::Exists => (
                "exists",
                "a release without it cannot boot devices of that target",
            ),
            Check::NotEmpty => ("not-empty", "a failed build or upload leaves an empty file"),
            Check::ElfFormat => ("elf-format", "the kernel only executes complete ELF files"),
            Check::Machine => (
                "machine",
                "a program for another CPU, word size, byte order, float ABI or system does not start",
            ),
            Check::ProgramType => (
                "program-type",
                "the kernel cannot execute an object file or a library",
            ),
            Check::Static => (
                "static",
                "an initramfs that contains only stage0 has no loader and no libraries",
            ),
            Check::UndefinedSymbols => (
                "undefined-symbols",
                "nothing defines them at run time: the first use jumps to address 0",
            ),
            Check::Segments => (
                "segments",
                "the kernel rejects unordered segments, or maps one over another",
            ),
            Check::EntryPoint => (
                "entry-point",
                "PID 1 would crash at its first instruction, and the kernel would panic",
            ),
            Check::WxSegments => (
                "wx-segments",
                "writable and executable memory lets an overflow run code",
            ),
            Check::ExecStack => (
                "exec-stack",
                "an executable stack lets an overflow run code",
            ),
            Check::Relro => (
                "relro",
                "data that only start-up code writes should be read-only afterwards",
            ),
            Check::PageAlignment => (
                "page-alignment",
                "a kernel with larger pages (16 KiB on aarch64) cannot map the segment",
            ),
            Check::Stripped => (
                "stripped",
                "symbols and debug information make each boot image larger",
            ),
            Check::Paths => (
                "paths",
                "paths of the build machine reveal who built it and make builds differ",
            ),
            Check::Identity => (
                "identity",
                "fastboop reads the name, target and version of its stage0 from this note",
            ),
            Check::Size => (
                "size",
                "stage0 is downloaded, embedded, and sent to the device at each boot",
            ),
            Check::Runs => (
                "runs",
                "only a run shows that the program starts and identifies itself",
            ),
        }
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
