//! The check `runs`: an artifact starts and identifies itself.
//!
//! It runs a copy of the bytes that were checked: the file could be replaced in between, and CI
//! storage may have dropped its executable bit.

use std::env;
use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use clap::ValueEnum;
use stage0_artifact::Target;
use stage0_artifact::checks::{Check, Finding, Outcome};
use stage0_artifact::metadata::{self, Metadata};

use crate::isolate::{self, Ended};

/// When to run an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Run if possible, otherwise skip the check
    Auto,
    /// Run; fail the check if that is not possible
    Always,
    /// Skip the check
    Never,
}

/// Runs artifacts.
#[derive(Debug)]
pub struct Runner {
    pub mode: Mode,
    /// The time limit for each run.
    pub timeout: Duration,
}

/// The checks that an artifact has to pass before it is run.
const PREREQUISITES: [Check; 6] = [
    Check::NotEmpty,
    Check::ElfFormat,
    Check::Machine,
    Check::ProgramType,
    Check::Static,
    Check::Identity,
];

/// The maximum number of bytes that are read of a program's output.
pub const MAX_OUTPUT: u64 = 64 * 1024;

impl Runner {
    /// Makes the check on `bytes`. Skips it if a prerequisite among `findings` did not pass.
    pub fn check(&self, bytes: &[u8], target: Target, findings: &[Finding]) -> Finding {
        let check = Check::Runs;
        let mut prerequisites = findings.iter().filter(|f| PREREQUISITES.contains(&f.check));
        if let Some(cause) = prerequisites.find(|f| f.outcome != Outcome::Passed) {
            return Finding::skipped_by(check, cause.check);
        }
        if self.mode == Mode::Never {
            return Finding::skipped(check, "--run never");
        }
        let Some(prefix) = command_prefix(target) else {
            let name = qemu_name(target);
            let reason = format!(
                "this machine cannot run {target}, and {name} is not on PATH; install qemu-user"
            );
            return match self.mode {
                Mode::Always => Finding::new(check, Err(reason)),
                _ => Finding::skipped(check, reason),
            };
        };
        Finding::new(check, self.check_identity(bytes, &prefix))
    }

    /// Compares what `bytes` prints with its metadata note.
    fn check_identity(&self, bytes: &[u8], prefix: &[PathBuf]) -> Result<(), String> {
        let expected = metadata::metadata(bytes)
            .map_err(|error| error.to_string())?
            .ok_or("no metadata note to compare with; build it from stage0/")?;
        let output = self
            .identify(bytes, prefix)
            .map_err(|error| format!("cannot run: {error}; check TMPDIR and /proc"))??;
        let found: Metadata = serde_json::from_slice(&output).map_err(|error| {
            format!(
                "--identify printed {:?}, which is not a valid identity: {error}; rebuild it",
                String::from_utf8_lossy(&output[..output.len().min(200)])
            )
        })?;
        if found == expected {
            return Ok(());
        }
        let show = |identity: &Metadata| {
            format!(
                "{} {} for {}",
                identity.name, identity.version, identity.target
            )
        };
        Err(format!(
            "identity mismatch: expected {}, from its note, got {}, from --identify; rebuild it",
            show(&expected),
            show(&found)
        ))
    }

    /// Runs `bytes` with `--identify` and returns its output. The inner error is the program's
    /// failure, the outer one is ours.
    fn identify(&self, bytes: &[u8], prefix: &[PathBuf]) -> io::Result<Result<Vec<u8>, String>> {
        let mut copy = tempfile::Builder::new()
            .prefix(metadata::NAME)
            .permissions(Permissions::from_mode(0o700))
            .tempfile()?;
        copy.write_all(bytes)?;
        // Closes the file: one that is open for writing cannot be executed.
        let copy = copy.into_temp_path();
        // Not pipes: a full one would block the program, and one that a child process keeps open
        // would block us.
        let (mut out, mut err) = (tempfile::tempfile()?, tempfile::tempfile()?);

        let program = copy.to_path_buf();
        let words = prefix.iter().chain([&program]);
        let words = words.map(|word| word.clone().into_os_string());
        let mut command = isolate::command(words.chain(["--identify".into()]));
        command
            .env_clear()
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(err.try_clone()?);
        let status = match isolate::run(&mut command, self.timeout)? {
            Ended::Exited(status) => status,
            Ended::TimedOut => {
                return Ok(Err(format!(
                    "timed out after {} s; run it under strace to see where it waits",
                    self.timeout.as_secs()
                )));
            }
            Ended::LeftProcesses(count) => {
                return Ok(Err(format!(
                    "--identify left {count} processes running, which were killed; \
                     let it start none, or wait for them"
                )));
            }
        };
        if status.success() {
            return read_output(&mut out).map(Ok);
        }
        Ok(Err(failure(status, &read_output(&mut err)?)))
    }
}

fn failure(status: ExitStatus, stderr: &[u8]) -> String {
    let stderr = String::from_utf8_lossy(stderr);
    let cause = stderr.lines().next().unwrap_or("no message");
    format!("--identify failed: {status}: {cause}; run it by hand")
}

fn read_output(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(MAX_OUTPUT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The words before a program for `target` on its command line: none if this machine has its CPU,
/// else QEMU's user emulator. `None` if that is not installed.
fn command_prefix(target: Target) -> Option<Vec<PathBuf>> {
    let cpu = match target {
        Target::Aarch64 => "aarch64",
        Target::Armv7 => "arm",
        Target::Riscv64 => "riscv64",
        Target::X86_64 => "x86_64",
    };
    if env::consts::ARCH == cpu {
        return Some(Vec::new());
    }
    // The second is the name in packages that link it statically.
    let name = qemu_name(target);
    let names = [name.to_owned(), format!("{name}-static")];
    names.iter().find_map(find_on_path).map(|path| vec![path])
}

fn qemu_name(target: Target) -> &'static str {
    match target {
        Target::Aarch64 => "qemu-aarch64",
        Target::Armv7 => "qemu-arm",
        Target::Riscv64 => "qemu-riscv64",
        Target::X86_64 => "qemu-x86_64",
    }
}

fn find_on_path(name: impl AsRef<OsStr>) -> Option<PathBuf> {
    let directories = env::var_os("PATH")?;
    env::split_paths(&directories)
        .map(|directory| directory.join(name.as_ref()))
        .find(|path| path.is_file())
}
