//! One run of one program: what it took.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// A program to measure.
pub struct Program {
    /// What the table calls it.
    pub name: &'static str,
    program: OsString,
    arguments: Vec<OsString>,
}

/// What one run took, and what it wrote to its standard output.
pub struct Run {
    /// Seconds by the clock.
    pub wall: f64,
    /// Seconds of all cores together.
    pub cpu: f64,
    /// The most memory that it had at once, in KiB.
    pub peak: f64,
    /// Its standard output.
    pub output: Vec<u8>,
}

impl Program {
    /// A program, by its path or by its name on PATH.
    pub fn new(name: &'static str, program: impl Into<OsString>, arguments: Vec<OsString>) -> Self {
        Program {
            name,
            program: program.into(),
            arguments,
        }
    }

    /// Runs it in `directory`; `scratch` takes a file.
    ///
    /// GNU time starts it, since a child of ours would begin with our memory as its peak.
    pub fn run(&self, directory: &Path, scratch: &Path) -> Result<Run, Box<dyn Error>> {
        let peak = scratch.join("peak");
        let cpu_before = children_cpu()?;
        let begin = Instant::now();
        let output = Command::new("time")
            .args(["-f", "%M", "-o"])
            .arg(&peak)
            .arg(&self.program)
            .args(&self.arguments)
            .current_dir(directory)
            .output()
            .map_err(|error| format!("GNU time (on Debian: apt-get install time): {error}"))?;
        let wall = begin.elapsed().as_secs_f64();
        if !output.status.success() {
            return Err(
                format!("{}: {}", self.name, String::from_utf8_lossy(&output.stderr)).into(),
            );
        }
        Ok(Run {
            wall,
            cpu: children_cpu()? - cpu_before,
            peak: fs::read_to_string(&peak)?.trim().parse()?,
            output: output.stdout,
        })
    }
}

/// The CPU seconds of all children that have ended.
fn children_cpu() -> Result<f64, nix::Error> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(micros as f64 / 1e6)
}
