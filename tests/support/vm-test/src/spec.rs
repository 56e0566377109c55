//! The description of a test.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::{Machine, VmConfig};

/// A test: what to boot, and what to expect. Paths are relative to the current directory.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The kind of machine.
    machine: Machine,
    /// The QEMU program.
    qemu: PathBuf,
    /// The kernel image.
    kernel: PathBuf,
    /// The initramfs.
    initramfs: PathBuf,
    /// Raw images of its disks. The machine gets writable copies, and must not change them.
    pub disks: Vec<PathBuf>,
    /// Kernel parameters besides the console.
    command_line: String,
    /// Memory in MiB.
    memory: u32,
    /// The time limit, in seconds.
    deadline: u64,
    /// Texts that the console has to show, in this order.
    pub expect: Vec<String>,
    /// Texts that the console must not show.
    pub forbid: Vec<String>,
    /// How the machine has to end.
    pub end: End,
    /// The test passes if it fails with a message that contains this text: for tests of vm-test.
    pub fails_with: Option<String>,
}

/// How a test ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The machine powers off.
    PowerOff,
    /// The machine reboots.
    Reboot,
    /// The machine keeps running; the last expected text ends the test.
    Expected,
}

impl End {
    /// The kernel's last message, from kernel/reboot.c.
    pub fn last_message(self) -> Option<&'static str> {
        match self {
            End::PowerOff => Some("reboot: Power down"),
            End::Reboot => Some("reboot: Restarting system"),
            End::Expected => None,
        }
    }
}

impl Spec {
    /// The machine, with these files as disks.
    pub fn vm_config(&self, disks: Vec<PathBuf>) -> VmConfig {
        VmConfig {
            machine: self.machine,
            qemu: self.qemu.clone(),
            kernel: self.kernel.clone(),
            initramfs: self.initramfs.clone(),
            disks,
            command_line: self.command_line.clone(),
            memory: self.memory,
        }
    }

    /// The time limit.
    pub fn deadline(&self) -> Duration {
        Duration::from_secs(self.deadline)
    }
}

/// Reads a test's description.
pub fn read(path: &Path) -> Result<Spec, String> {
    let text = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&text).map_err(|error| {
        let path = path.display();
        format!("{path}: {error}; tests/support/vm-test/src/spec.rs describes the fields")
    })
}
