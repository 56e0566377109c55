//! What the search considered, and why it did not take it.

use std::fmt;
use std::path::{Path, PathBuf};

/// The maximum number of candidates in the answer.
const MAX_CANDIDATES: usize = 1000;

/// What a candidate would have been used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A kernel.
    Kernel,
    /// A directory with modules.
    Modules,
    /// A directory with device trees.
    DeviceTrees,
    /// A directory with firmware.
    Firmware,
    /// An entry of the boot menu.
    BootEntry,
    /// postmarketOS's description of the device.
    DeviceInfo,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            What::Kernel => "kernel",
            What::Modules => "modules",
            What::DeviceTrees => "device trees",
            What::Firmware => "firmware",
            What::BootEntry => "boot entry",
            What::DeviceInfo => "deviceinfo",
        })
    }
}

/// The decision about a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken.
    Taken,
    /// It was not taken, for this reason.
    Rejected(String),
}

/// A file or directory that the search considered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The index of the file system.
    pub source: usize,
    /// The path in it, without symbolic links.
    pub path: PathBuf,
    /// What it would have been used as.
    pub what: What,
    /// Whether it was taken.
    pub verdict: Verdict,
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} /{}: ", self.what, self.path.display())?;
        match &self.verdict {
            Verdict::Taken => f.write_str("taken"),
            Verdict::Rejected(reason) => f.write_str(reason),
        }
    }
}

/// Candidates in the order in which the search decided about them.
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    list: Vec<Candidate>,
    omitted: usize,
}

impl Candidates {
    /// The candidates, at most 1000.
    pub fn list(&self) -> &[Candidate] {
        &self.list
    }

    /// The number of candidates beyond the list's limit.
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    pub(crate) fn take(&mut self, what: What, source: usize, path: &Path) {
        self.add(what, source, path, Verdict::Taken);
    }

    pub(crate) fn reject(
        &mut self,
        what: What,
        source: usize,
        path: &Path,
        reason: impl fmt::Display,
    ) {
        self.add(what, source, path, Verdict::Rejected(reason.to_string()));
    }

    fn add(&mut self, what: What, source: usize, path: &Path, verdict: Verdict) {
        if self.list.len() >= MAX_CANDIDATES {
            self.omitted += 1;
            return;
        }
        let path = path.to_owned();
        self.list.push(Candidate {
            source,
            path,
            what,
            verdict,
        });
    }
}
