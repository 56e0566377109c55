//! The kernel's log, which keeps each line whole, and shows it on the console.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use anyhow::Context;
use nix::fcntl::OFlag;

use crate::wait::wait_for;

const PATH: &str = "/dev/kmsg";

/// The longest record that the kernel returns, in bytes: `PRINTK_MESSAGE_MAX` of its `kernel/printk/internal.h`.
const RECORD: usize = 2048;

/// Logs a line, as a notice.
pub fn log(text: impl Display) {
    let line = format!("<5>usb-root: {text}\n");
    let written = OpenOptions::new()
        .write(true)
        .open(PATH)
        .and_then(|mut file| file.write_all(line.as_bytes()));
    if written.is_err() {
        eprintln!("usb-root: {text}");
    }
}

/// Reads the log from the moment at which it was made.
pub struct Follower(File);

impl Follower {
    pub fn new() -> anyhow::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(OFlag::O_NONBLOCK.bits());
        let mut file = options.open(PATH).context(PATH)?;
        file.seek(SeekFrom::End(0)).context(PATH)?;
        Ok(Follower(file))
    }

    /// Waits for a line that contains one of `texts`, and returns it.
    pub fn wait_for(&mut self, texts: &[&str], limit: Duration) -> anyhow::Result<String> {
        wait_for(&format!("a line with {texts:?}"), limit, || {
            while let Some(line) = self.next_line()? {
                if texts.iter().any(|text| line.contains(text)) {
                    return Ok(Some(line));
                }
            }
            Ok(None)
        })
    }

    /// The next line, if there is one.
    fn next_line(&mut self) -> anyhow::Result<Option<String>> {
        let mut record = [0; RECORD];
        loop {
            match self.0.read(&mut record) {
                Ok(length) => {
                    let record = String::from_utf8_lossy(&record[..length]);
                    let text = record.split_once(';').map_or("", |(_, text)| text);
                    return Ok(Some(text.lines().next().unwrap_or_default().to_owned()));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                // Records were overwritten before they were read.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
                Err(error) => return Err(error).context(PATH),
            }
        }
    }
}
