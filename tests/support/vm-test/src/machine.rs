//! The kinds of machines that QEMU emulates here.

use serde::Deserialize;

/// A machine on which Debian's kernel for its CPU boots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Machine {
    /// A PC; the kernel flavour amd64.
    #[serde(rename = "x86_64")]
    X86_64,
    /// A 64-bit ARM machine; the kernel flavour arm64.
    Aarch64,
    /// A 32-bit ARM machine; the kernel flavour armmp.
    Armv7,
}

impl Machine {
    /// The name of its QEMU program on PATH.
    pub fn program(self) -> &'static str {
        match self {
            Machine::X86_64 => "qemu-system-x86_64",
            Machine::Aarch64 => "qemu-system-aarch64",
            Machine::Armv7 => "qemu-system-arm",
        }
    }

    /// The kernel's name for the first serial port.
    pub fn console(self) -> &'static str {
        match self {
            Machine::X86_64 => "ttyS0",
            Machine::Aarch64 | Machine::Armv7 => "ttyAMA0",
        }
    }

    /// The kernel parameters that it requires besides the console.
    pub(crate) fn command_line(self) -> &'static str {
        match self {
            // Where the host is busy, an emulated timer is late, and the kernel assumes
            // broken hardware and panics.
            Machine::X86_64 => "panic=-1 no_timer_check",
            Machine::Aarch64 | Machine::Armv7 => "panic=-1",
        }
    }

    /// QEMU's arguments for this machine.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Machine::X86_64 => &["-machine", "pc,accel=tcg"],
            Machine::Aarch64 => &["-machine", "virt,accel=tcg", "-cpu", "cortex-a53"],
            // Debian's armmp kernel never finds a PCI disk where the bus is above 4 GiB.
            Machine::Armv7 => &[
                "-machine",
                "virt,accel=tcg,highmem=off",
                "-cpu",
                "cortex-a15",
            ],
        }
    }
}
