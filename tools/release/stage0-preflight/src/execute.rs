//! The last check: an artifact runs and says who it is.
//!
//! What runs is a copy of the bytes that were checked: nobody can exchange the file in between, and
//! an artifact that lost its executable bit on the way, as in CI storage, runs all the same.

use std::env;
use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use clap::ValueEnum;
use stage0_artifact::Target;
use stage0_artifact::checks::{Check, Finding, Outcome};
use stage0_artifact::metadata::{self, Metadata};
use wait_timeout::ChildExt;

/// When to run an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Where it is possible
    Auto,
    /// Always; where it is not possible, the check fails
    Always,
    /// Never
    Never,
}

/// Runs artifacts.
#[derive(Debug)]
pub struct Runner {
    /// When to.
    pub mode: Mode,
    /// How long one may take.
    pub limit: Duration,
}

/// What has to hold before a file is run at all.
const BEFORE: [Check; 6] = [
    Check::NotEmpty,
    Check::ElfFormat,
    Check::Machine,
    Check::ProgramType,
    Check::Static,
    Check::Identity,
];

/// The most that is read of what a program prints.
const LONGEST_OUTPUT: u64 = 64 * 1024;

impl Runner {
    /// Runs `bytes`, of which `findings` are known.
    pub fn check(&self, bytes: &[u8], target: Target, findings: &[Finding]) -> Finding {
        let check = Check::Runs;
        let failed = |finding: &&Finding| finding.outcome != Outcome::Passed;
        let before = findings.iter().filter(|f| BEFORE.contains(&f.check));
        if let Some(cause) = before.into_iter().find(failed) {
            return Finding::skipped_by(check, cause.check);
        }
        if self.mode == Mode::Never {
            return Finding::skipped(check, "--run never");
        }
        let Some(emulator) = emulator(target) else {
            let name = qemu(target);
            let reason = format!(
                "this machine is no {target}, and there is no {name} on PATH; install qemu-user"
            );
            return match self.mode {
                Mode::Always => Finding::new(check, Err(reason)),
                _ => Finding::skipped(check, reason),
            };
        };
        Finding::new(check, self.identifies(bytes, &emulator))
    }

    /// Runs `bytes` with what it takes before its name, and compares the answer with its note.
    fn identifies(&self, bytes: &[u8], emulator: &[PathBuf]) -> Result<(), String> {
        let noted = metadata::metadata(bytes)
            .map_err(|error| error.to_string())?
            .ok_or("it carries no metadata to compare with; build it from stage0/")?;
        let output = self.run(bytes, emulator).map_err(|error| {
            format!("cannot run it: {error}; check that TMPDIR is not noexec")
        })??;
        let said: Metadata = serde_json::from_slice(&output).map_err(|error| {
            format!(
                "--identify printed {:?}, which is not its identity ({error}); build it again",
                String::from_utf8_lossy(&output[..output.len().min(200)])
            )
        })?;
        if said == noted {
            return Ok(());
        }
        Err(format!(
            "it says that it is {} {} for {}, but its note says {} {} for {}; build it again",
            said.name, said.version, said.target, noted.name, noted.version, noted.target
        ))
    }

    /// What `--identify` prints.
    fn run(&self, bytes: &[u8], emulator: &[PathBuf]) -> io::Result<Result<Vec<u8>, String>> {
        let mut copy = tempfile::Builder::new()
            .prefix(metadata::NAME)
            .permissions(Permissions::from_mode(0o700))
            .tempfile()?;
        copy.write_all(bytes)?;
        // Closed: a file that is open for writing cannot be run.
        let copy = copy.into_temp_path();
        // Files, not pipes: a program that prints without end does not block, and one that hands its
        // output to a child does not keep us waiting.
        let (mut out, mut err) = (tempfile::tempfile()?, tempfile::tempfile()?);

        let program = copy.to_path_buf();
        let mut words = emulator.iter().chain([&program]);
        let first = words.next().unwrap_or(&program);
        let mut child = Command::new(first)
            .args(words)
            .arg("--identify")
            .env_clear()
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(err.try_clone()?)
            .spawn()?;
        let Some(status) = child.wait_timeout(self.limit)? else {
            child.kill()?;
            child.wait()?;
            return Ok(Err(format!(
                "it did not end within {} seconds; find out where it waits (strace)",
                self.limit.as_secs()
            )));
        };
        if status.success() {
            return start_of(&mut out).map(Ok);
        }
        Ok(Err(died(status, &start_of(&mut err)?)))
    }
}

fn died(status: ExitStatus, stderr: &[u8]) -> String {
    let stderr = String::from_utf8_lossy(stderr);
    let line = stderr.lines().next().unwrap_or("nothing");
    format!("--identify ended with {status}, and said on stderr: {line}; run it by hand")
}

fn start_of(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(LONGEST_OUTPUT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What has to stand before the name of a program for `target`: nothing where this is its CPU,
/// else QEMU's user emulation, where it is installed.
fn emulator(target: Target) -> Option<Vec<PathBuf>> {
    let own = match target {
        Target::Aarch64 => "aarch64",
        Target::Armv7 => "arm",
        Target::Riscv64 => "riscv64",
        Target::X86_64 => "x86_64",
    };
    if env::consts::ARCH == own {
        return Some(Vec::new());
    }
    // The second is from packages that link it statically.
    let names = [qemu(target).to_owned(), format!("{}-static", qemu(target))];
    names.iter().find_map(on_path).map(|path| vec![path])
}

fn qemu(target: Target) -> &'static str {
    match target {
        Target::Aarch64 => "qemu-aarch64",
        Target::Armv7 => "qemu-arm",
        Target::Riscv64 => "qemu-riscv64",
        Target::X86_64 => "qemu-x86_64",
    }
}

fn on_path(name: impl AsRef<OsStr>) -> Option<PathBuf> {
    let directories = env::var_os("PATH")?;
    env::split_paths(&directories)
        .map(|directory| directory.join(name.as_ref()))
        .find(|path| path.is_file())
}
