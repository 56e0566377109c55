//! The table of checks: what each is called, how bad it is when it fails, and why it is made.

use serde::{Serialize, Serializer};

/// Something that has to hold for a stage0 that is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // `about` describes each.
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

    /// The stable name of the check, for programs.
    pub const fn id(self) -> &'static str {
        self.about().0
    }

    /// The consequence of a failure.
    pub const fn severity(self) -> Severity {
        match self {
            // The program does the same; it is only larger, and `size` has its limit.
            Check::Stripped => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// Why the check matters, in one line.
    pub const fn why(self) -> &'static str {
        self.about().1
    }

    const fn about(self) -> (&'static str, &'static str) {
        match self {
            Check::Name => (
                "name",
                "nothing looks for a file that is not named after its target",
            ),
            Check::Exists => ("exists", "a release without it cannot boot those devices"),
            Check::NotEmpty => ("not-empty", "a failed build or upload leaves an empty file"),
            Check::ElfFormat => (
                "elf-format",
                "a kernel starts ELF files only, and only complete ones",
            ),
            Check::Machine => (
                "machine",
                "a program for another CPU, word size, byte order or float ABI does not start",
            ),
            Check::ProgramType => (
                "program-type",
                "an object file or a library cannot be started",
            ),
            Check::Static => (
                "static",
                "an initramfs with nothing but stage0 has no loader and no libraries",
            ),
            Check::UndefinedSymbols => (
                "undefined-symbols",
                "nothing would define them: the first use jumps to address 0",
            ),
            Check::Segments => (
                "segments",
                "a kernel refuses segments in disorder, or maps one over another",
            ),
            Check::EntryPoint => (
                "entry-point",
                "it would crash at its first instruction, and PID 1 takes the kernel with it",
            ),
            Check::WxSegments => (
                "wx-segments",
                "memory that is both written and executed turns any overflow into code",
            ),
            Check::ExecStack => (
                "exec-stack",
                "an executable stack turns any overflow into code",
            ),
            Check::Relro => (
                "relro",
                "what only start-up code writes should be marked, to be protected after",
            ),
            Check::PageAlignment => (
                "page-alignment",
                "a kernel with larger pages (16 KiB on aarch64) cannot map it otherwise",
            ),
            Check::Stripped => (
                "stripped",
                "symbols and debug information only make each boot image larger",
            ),
            Check::Paths => (
                "paths",
                "paths of the build machine reveal who built it and make builds differ",
            ),
            Check::Identity => (
                "identity",
                "fastboop reads name, target and version of what it carries from the file",
            ),
            Check::Size => (
                "size",
                "it is downloaded, embedded and sent to the device each time",
            ),
            Check::Runs => (
                "runs",
                "only running it shows that it works and identifies itself",
            ),
        }
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
