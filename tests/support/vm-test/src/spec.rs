//! The description of a test.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::{Boot, Machine, VmConfig};

/// A test: what to boot, and what to expect. Paths are relative to the current directory.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The kind of machine.
    machine: Machine,
    /// The QEMU program.
    qemu: PathBuf,
    /// What the machine runs first.
    boot: Boot,
    /// Raw images of its disks. The machine gets writable copies, and must not change them.
    pub disks: Vec<PathBuf>,
    /// Memory in MiB.
    memory: u32,
    /// The time limit, in seconds.
    deadline: u64,
    /// What is typed at the console.
    pub script: Vec<Line>,
    /// The program that runs on the host after that.
    pub client: Option<Client>,
    /// Texts that the console has to show after that, in this order.
    pub expect: Vec<String>,
    /// Texts that the console must not show.
    pub forbid: Vec<String>,
    /// How the machine has to end.
    pub end: End,
    /// The test passes if it fails with a message that contains this text: for tests of vm-test.
    pub fails_with: Option<String>,
}

/// A line that is typed once the console shows a text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The text to wait for.
    pub expect: String,
    /// The line, without its end.
    pub send: String,
}

/// A program that runs on the host, beside the machine, and has to succeed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// It starts once the console shows this text.
    pub after: String,
    /// The program and its arguments, in which `{port}` is replaced with the port of 127.0.0.1 that
    /// is forwarded to the machine.
    pub command: Vec<String>,
    /// Texts that it has to write, in this order.
    pub expect: Vec<String>,
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
            boot: self.boot.clone(),
            disks,
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
