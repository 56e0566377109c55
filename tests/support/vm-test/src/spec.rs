//! The description of a test.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::{Boot, Machine};

/// A test: what to boot, and what has to come of it. Paths are relative to the current directory.
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
    /// Raw images of its disks. The machine gets copies that it can write to, and must not.
    pub disks: Vec<PathBuf>,
    /// What the kernel's command line has besides the console.
    command_line: String,
    /// Memory in MiB.
    memory: u32,
    /// How long the machine may take, in seconds.
    deadline: u64,
    /// What it has to say, in this order.
    pub expect: Vec<String>,
    /// What it must not say at any time.
    pub forbid: Vec<String>,
    /// How it ends.
    pub end: End,
    /// The test passes if it fails with a message that has this text in it: for tests of vm-test.
    pub fails_with: Option<String>,
}

/// How a test ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The machine switches itself off.
    PowerOff,
    /// The machine restarts.
    Reboot,
    /// It goes on; the last expected text is the end of the test.
    Expected,
}

impl End {
    /// What the kernel says last, as kernel/reboot.c has it.
    pub fn last_words(self) -> Option<&'static str> {
        match self {
            End::PowerOff => Some("reboot: Power down"),
            End::Reboot => Some("reboot: Restarting system"),
            End::Expected => None,
        }
    }
}

impl Spec {
    /// What to boot, with these files as disks.
    pub fn boot(&self, disks: Vec<PathBuf>) -> Boot {
        Boot {
            machine: self.machine,
            qemu: self.qemu.clone(),
            kernel: self.kernel.clone(),
            initramfs: self.initramfs.clone(),
            disks,
            command_line: self.command_line.clone(),
            memory: self.memory,
        }
    }

    /// How long the machine may take.
    pub fn deadline(&self) -> Duration {
        Duration::from_secs(self.deadline)
    }
}

/// Reads a test's description.
pub fn read(path: &Path) -> Result<Spec, String> {
    let text = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&text).map_err(|error| {
        let path = path.display();
        format!(
            "{path}: {error}; tests/support/vm-test/src/spec.rs says what a test's description has"
        )
    })
}
