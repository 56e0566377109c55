//! How far hashing has come, for people who watch: on a terminal only, on standard error.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use stage0_artifact::FileName;

/// A bar on the terminal, or nothing. It vanishes when it is dropped.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// Starts at nothing of all bytes of the files called `names` in `directory`.
    pub fn start(directory: &Path, names: &[FileName]) -> Self {
        if !io::stderr().is_terminal() {
            return Progress(None);
        }
        let size = |name| fs::symlink_metadata(directory.join(name)).map_or(0, |found| found.len());
        let bar = ProgressBar::new(names.iter().map(size).sum());
        if let Ok(style) = ProgressStyle::with_template(
            "{bytes}/{total_bytes} {wide_bar} {bytes_per_sec}, {eta} left",
        ) {
            bar.set_style(style);
        }
        Progress(Some(bar))
    }

    /// Goes on by `bytes`.
    pub fn add(&self, bytes: usize) {
        if let Some(bar) = &self.0 {
            bar.inc(bytes as u64);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
