//! Runs one test.

use std::env;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitStatus;

use crate::Event;
use crate::disk::Disk;
use crate::spec::Spec;
use crate::transcript::Transcript;

/// Runs a test.
///
/// # Errors
/// The test failed, or the machine could not be run.
pub fn run(spec: &Spec) -> Result<String, String> {
    let scratch = tempfile::tempdir()
        .map_err(|error| format!("cannot create a temporary directory: {error}"))?;
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

/// Boots the machine and follows its console until the outcome is known.
fn follow(spec: &Spec, disks: Vec<PathBuf>) -> Result<String, String> {
    let mut log = Log::new()?;
    let expect = spec.expect.iter().map(String::as_str);
    let forbid = spec.forbid.iter().map(String::as_str);
    let mut transcript = Transcript::new(
        expect.chain(spec.end.last_message()).collect(),
        forbid.collect(),
    );
    let config = spec.vm_config(disks);
    let mut vm = config
        .start(spec.deadline())
        .map_err(|error| format!("{}: {error}", config.qemu.display()))?;
    loop {
        match vm.next_event().map_err(|error| format!("QEMU: {error}"))? {
            Event::Output(bytes) => {
                log.write(&bytes)?;
                transcript.add(&bytes)?;
            }
            Event::Exit(status) => return on_exit(status, &transcript),
            Event::Deadline => return Err(timeout_message(spec, &transcript)),
        }
        if spec.end.last_message().is_none() && transcript.missing().is_none() {
            return Ok("all expected output; stopped".to_owned());
        }
    }
}

/// The outcome once QEMU has exited.
fn on_exit(status: ExitStatus, transcript: &Transcript) -> Result<String, String> {
    match transcript.missing() {
        Some(text) => Err(format!("missing output {text:?}: QEMU exited ({status})")),
        None if status.success() => Ok("all expected output; exited".to_owned()),
        None => Err(format!("QEMU failed: {status}")),
    }
}

/// The message when the deadline has passed.
fn timeout_message(spec: &Spec, transcript: &Transcript) -> String {
    let seconds = spec.deadline().as_secs();
    match transcript.missing() {
        Some(text) => format!("missing output {text:?} after {seconds} s"),
        None => format!("still running after {seconds} s"),
    }
}

/// Copies the console to standard output and to serial.log.
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
        write().map_err(|error| format!("cannot write the console's output: {error}"))
    }
}
