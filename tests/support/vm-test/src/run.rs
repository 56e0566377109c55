//! One run of a machine, and what is made of it.

use std::env;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::Event;
use crate::disk::Disk;
use crate::spec::Spec;
use crate::transcript::Transcript;

/// Runs a test.
///
/// # Errors
/// What the machine did wrong, or why it could not be run.
pub fn run(spec: &Spec) -> Result<String, String> {
    let scratch =
        tempfile::tempdir().map_err(|error| format!("no temporary directory: {error}"))?;
    let copy = |(index, image): (usize, &PathBuf)| {
        Disk::copy(image, scratch.path().join(format!("disk{index}")))
    };
    let disks = spec.disks.iter().enumerate().map(copy);
    let disks = disks.collect::<Result<Vec<_>, _>>()?;
    let report = follow(spec, disks.iter().map(Disk::path).collect())?;
    for disk in &disks {
        disk.check()?;
    }
    Ok(report)
}

/// Boots the machine and listens to it, until it ends or it is clear what to make of it.
fn follow(spec: &Spec, disks: Vec<PathBuf>) -> Result<String, String> {
    let mut log = Log::new()?;
    let expect = spec.expect.iter().map(String::as_str);
    let forbid = spec.forbid.iter().map(String::as_str);
    let mut transcript = Transcript::new(
        expect.chain(spec.end.last_words()).collect(),
        forbid.collect(),
    );
    let boot = spec.boot(disks);
    let mut vm = boot
        .start(spec.deadline())
        .map_err(|error| format!("{}: {error}", boot.qemu.display()))?;
    loop {
        match vm.next_event().map_err(|error| format!("QEMU: {error}"))? {
            Event::Output(bytes) => {
                log.write(&bytes)?;
                transcript.add(&bytes)?;
            }
            Event::End(status) => return end(status.success(), &status, &transcript),
            Event::Deadline => return Err(late(spec, &transcript)),
        }
        if spec.end.last_words().is_none() && transcript.missing().is_none() {
            return Ok("it said all that was expected; switched off".to_owned());
        }
    }
}

/// What to make of the end of QEMU.
fn end(
    success: bool,
    status: &impl std::fmt::Display,
    transcript: &Transcript,
) -> Result<String, String> {
    match transcript.missing() {
        Some(text) => Err(format!("it ended ({status}) and had not said {text:?}")),
        None if success => Ok("it said all that was expected, and ended".to_owned()),
        None => Err(format!("QEMU failed: {status}")),
    }
}

/// The message when the time is over.
fn late(spec: &Spec, transcript: &Transcript) -> String {
    let seconds = spec.deadline().as_secs();
    match transcript.missing() {
        Some(text) => format!("after {seconds} s it still had not said {text:?}"),
        None => format!("after {seconds} s it still ran"),
    }
}

/// Where the console goes.
struct Log {
    file: Option<File>,
}

impl Log {
    fn new() -> Result<Self, String> {
        let directory = env::var_os("TEST_UNDECLARED_OUTPUTS_DIR");
        let path = directory.map(|directory| PathBuf::from(directory).join("serial.log"));
        let create = |path: PathBuf| {
            File::create(&path).map_err(|error| format!("{}: {error}", path.display()))
        };
        let file = path.map(create).transpose()?;
        Ok(Log { file })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        let mut write = || {
            io::stdout().write_all(bytes)?;
            self.file
                .as_mut()
                .map_or(Ok(()), |file| file.write_all(bytes))
        };
        write().map_err(|error| format!("the console's text cannot be kept: {error}"))
    }
}
