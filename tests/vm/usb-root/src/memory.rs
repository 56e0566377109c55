//! Memory pressure.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use anyhow::{Context, bail, ensure};
use nix::sys::signal::Signal;

/// What the program takes at a time, in bytes.
const PIECE: usize = 1 << 20;

/// `oom_score_adj` of a process that the kernel kills first, and of one that it never kills.
const VICTIM: &str = "1000";
const PROTECTED: &str = "-1000";

/// Takes memory until the kernel kills this process.
pub fn eat() -> anyhow::Result<()> {
    set_score(VICTIM)?;
    let mut pieces = Vec::new();
    // More than any machine here has.
    for number in 0..1 << 16 {
        pieces.push(vec![number as u8 | 1; PIECE]);
    }
    bail!("memory: {} MiB were not enough", pieces.len())
}

/// Protects this process, and those that it starts.
pub fn protect() -> anyhow::Result<()> {
    set_score(PROTECTED)
}

/// Starts a process that takes all memory, and waits until the kernel killed it.
pub fn exhaust() -> anyhow::Result<()> {
    let program = std::env::current_exe()?;
    let status = Command::new(&program).arg("eat-memory").status();
    let status = status.with_context(|| program.display().to_string())?;
    let killed = status.signal() == Some(Signal::SIGKILL as i32);
    ensure!(killed, "eat-memory: {status}; expected to be killed");
    Ok(())
}

fn set_score(score: &str) -> anyhow::Result<()> {
    let path = "/proc/self/oom_score_adj";
    fs::write(path, score).context(path)
}
