//! Runs one test.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Instant;

use crate::dialog::Dialog;
use crate::disk::Disk;
use crate::log::Log;
use crate::spec::Spec;
use crate::transcript::Transcript;
use crate::{Event, Vm};

/// The panic of a kernel for x86_64 to which the emulator, on a busy host, delivers the first timer
/// interrupts late.
const EMULATOR_FAULT: &str = "Kernel panic - not syncing: IO-APIC + timer doesn't work";

/// The kernel's message before it starts stage0.
const INIT_STARTED: &str = "Run /init as init process";

/// Runs a test. A boot that ends with the emulator's fault before stage0 starts is repeated once;
/// nothing else is repeated.
///
/// # Errors
/// The test failed, or the machine could not be run.
pub fn run(spec: &Spec) -> Result<String, String> {
    let mut log = Log::new()?;
    let deadline = Instant::now() + spec.deadline();
    match boot(spec, deadline, &mut log) {
        Err(failure) if failure.is_emulator_fault => {
            let note = format!(
                "\nvm-test: repeating the boot once after a fault of the emulator: {}\n\n",
                failure.message
            );
            log.write(note.as_bytes())?;
            match boot(spec, deadline, &mut log) {
                Ok(report) => Ok(format!("{report}; repeated once")),
                Err(failure) => Err(format!("{}; repeated once", failure.message)),
            }
        }
        result => result.map_err(|failure| failure.message),
    }
}

/// Why a boot failed.
struct Failure {
    message: String,
    is_emulator_fault: bool,
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Failure {
            message,
            is_emulator_fault: false,
        }
    }
}

/// Boots the machine, with new copies of the disks.
fn boot(spec: &Spec, deadline: Instant, log: &mut Log) -> Result<String, Failure> {
    let scratch = tempfile::tempdir()
        .map_err(|error| format!("cannot create a temporary directory: {error}"))?;
    let copy = |(index, image): (usize, &PathBuf)| {
        Disk::copy(image, scratch.path().join(format!("disk{index}")))
    };
    let disks = spec.disks.iter().enumerate().map(copy);
    let disks = disks.collect::<Result<Vec<_>, _>>()?;
    let dialog = Dialog::new(spec);
    let expect = dialog.texts().chain(spec.expect.iter().map(String::as_str));
    let forbid = spec.forbid.iter().map(String::as_str);
    let mut transcript = Transcript::new(
        expect.chain(spec.end.last_message()).collect(),
        forbid.collect(),
    );
    let config = spec.vm_config(disks.iter().map(Disk::path).collect());
    let mut vm = config
        .start(deadline.saturating_duration_since(Instant::now()))
        .map_err(|error| format!("{}: {error}", config.qemu.display()))?;
    let report =
        follow(spec, dialog, &mut vm, &mut transcript, log).map_err(|message| Failure {
            is_emulator_fault: message.contains(EMULATOR_FAULT)
                && !transcript.contains(INIT_STARTED),
            message,
        })?;
    for disk in &disks {
        disk.check()?;
    }
    Ok(report)
}

/// Follows the console until the outcome is known.
fn follow(
    spec: &Spec,
    mut dialog: Dialog<'_>,
    vm: &mut Vm,
    transcript: &mut Transcript,
    log: &mut Log,
) -> Result<String, String> {
    loop {
        match vm.next_event().map_err(|error| format!("QEMU: {error}"))? {
            Event::Output(bytes) => {
                log.write(&bytes)?;
                transcript.add(&bytes)?;
                dialog.advance(transcript.seen(), vm)?;
            }
            Event::Client(exit) => {
                log.write_client(dialog.client().unwrap_or_default(), &exit.output)?;
                dialog.check_client(&exit)?;
            }
            Event::Exit(status) => {
                transcript.finish()?;
                return on_exit(status, transcript);
            }
            Event::Deadline => {
                transcript.finish()?;
                return Err(timeout_message(spec, transcript));
            }
        }
        let is_complete = transcript.missing().is_none() && dialog.client().is_none();
        if spec.end.last_message().is_none() && is_complete {
            transcript.finish()?;
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

#[cfg(test)]
mod tests {
    use std::fs;

    use clean_build::write_script;

    use super::*;

    const FAULT: &str = "echo \"[0.1] Kernel panic - not syncing: IO-APIC + timer doesn't work!\"";
    const POWER_OFF: &str = "echo '[9.0] reboot: Power down'";

    /// Runs a test in which a shell script stands in for QEMU: `first` for its first run, `second`
    /// for the others. Returns the result and the number of runs.
    fn run_scripts(first: &str, second: &str) -> (Result<String, String>, usize) {
        let directory = tempfile::tempdir().unwrap();
        let runs = directory.path().join("runs");
        let qemu = directory.path().join("qemu");
        let script = format!(
            "#!/bin/sh\necho >>{0}\nif [ $(wc -l <{0}) = 1 ]; then {first}; else {second}; fi\n",
            runs.display()
        );
        write_script(&qemu, &script).unwrap();
        let spec = serde_json::json!({
            "machine": "x86_64",
            "qemu": qemu,
            "boot": {"kernel": {"image": "vmlinuz", "initramfs": "initramfs", "command_line": ""}},
            "disks": [],
            "script": [],
            "client": null,
            "memory": 512,
            "deadline": 60,
            "expect": [],
            "forbid": ["Kernel panic"],
            "end": "power-off",
            "fails_with": null,
        });
        let result = run(&serde_json::from_value(spec).unwrap());
        (result, fs::read_to_string(runs).unwrap().len())
    }

    #[test]
    fn repeats_the_emulators_fault_once() {
        let (result, runs) = run_scripts(FAULT, POWER_OFF);
        let report = "all expected output; exited; repeated once";
        assert_eq!((result, runs), (Ok(report.to_owned()), 2));
    }

    #[test]
    fn fails_after_a_second_fault() {
        let (result, runs) = run_scripts(FAULT, FAULT);
        let message = result.unwrap_err();
        assert!(message.contains("IO-APIC"), "{message}");
        assert!(message.ends_with("; repeated once"), "{message}");
        assert_eq!(runs, 2);
    }

    #[test]
    fn does_not_repeat_the_fault_after_init_has_started() {
        let first = format!("echo '[0.0] Run /init as init process'; {FAULT}");
        let (result, runs) = run_scripts(&first, POWER_OFF);
        let message = result.unwrap_err();
        assert!(
            message.ends_with("IO-APIC + timer doesn't work!"),
            "{message}"
        );
        assert_eq!(runs, 1);
    }

    #[test]
    fn does_not_repeat_other_failures() {
        for first in [
            "echo 'Kernel panic - not syncing: no init'",
            "echo \"IO-APIC + timer doesn't work\"",
            "exit 1",
        ] {
            let (result, runs) = run_scripts(first, POWER_OFF);
            assert!(result.is_err());
            assert_eq!(runs, 1);
        }
    }
}
