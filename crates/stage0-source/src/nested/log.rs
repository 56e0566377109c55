//! The cause of a failed nested build, read from the log of Cargo.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use stage0_artifact::Target;

/// Why there is no stage0 from source.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// There is nowhere to write the log.
    #[error("{}: cannot write the log of the build: {_1}; check that it has room", _0.display())]
    Log(PathBuf, io::Error),
    /// Cargo could not be started.
    #[error("{}: cannot start it to build stage0: {_1}; set {} to another Cargo, or unset it", _0.display(), crate::variables::CARGO)]
    Start(PathBuf, io::Error),
    /// Cargo ended with an error.
    #[error("stage0 for {target} could not be built ({status}): {reason}; the full log is {}", log.display())]
    Build {
        /// What it was built for.
        target: Target,
        /// How Cargo ended.
        status: ExitStatus,
        /// Its first complaint, and what to do where that is known.
        reason: String,
        /// The file with the whole output.
        log: PathBuf,
    },
    /// The build left no list of its sources.
    #[error("{}: the list of stage0's sources cannot be read: {_1}; if {} names a script, it has to run `cargo build` with the arguments that it gets", _0.display(), crate::variables::CARGO)]
    Inputs(PathBuf, io::Error),
}

impl Failure {
    /// The failure that `log` describes.
    pub fn read(target: Target, status: ExitStatus, log: PathBuf) -> Self {
        let reason = reason(target, &read(&log));
        Failure::Build {
            target,
            status,
            reason,
            log,
        }
    }
}

/// As much of the log as can be had: the error is about the build, not about its log.
fn read(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn reason(target: Target, log: &str) -> String {
    let complaint = log
        .lines()
        .find(|line| line.starts_with("error"))
        .unwrap_or("no error in the log");
    let lacks_std = ["core", "std"]
        .iter()
        .any(|library| log.contains(&format!("can't find crate for `{library}`")));
    let hint = if lacks_std {
        format!(
            "; install the target with `rustup target add {target}`, or build in the Debian root that has it \
             (`tools/debian/run cargo …`), or set {} to a stage0 from elsewhere",
            crate::variables::EMBED_PATH
        )
    } else if log.contains("linking with ") || log.contains("error: linker ") {
        let [linker, _] = super::environment::target_variables(target);
        format!(
            "; if this machine's linker is not made for that target, set {linker}, to rust-lld for example"
        )
    } else {
        String::new()
    };
    format!("{complaint}{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    fn read_reason(log: &str) -> String {
        reason(Target::Aarch64, log)
    }

    #[test]
    fn explains_a_missing_target() {
        let text = read_reason("   Compiling x\nerror[E0463]: can't find crate for `core`\n");
        assert!(text.contains("E0463"), "{text}");
        assert!(
            text.contains("rustup target add aarch64-unknown-linux-musl"),
            "{text}"
        );
        assert!(text.contains("tools/debian/run"), "{text}");
    }

    #[test]
    fn explains_a_wrong_linker() {
        let text = read_reason("error: linking with `cc` failed: exit status: 1\n");
        assert!(
            text.contains("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER"),
            "{text}"
        );
    }

    #[test]
    fn quotes_other_errors_and_names_the_log() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        fs::write(&log, "warning: w\nerror: expected `;`\nerror: aborting\n").unwrap();
        let failure = Failure::read(Target::Armv7, ExitStatus::from_raw(256), log.clone());
        let message = failure.to_string();
        assert!(
            message.contains("error: expected `;`; the full log"),
            "{message}"
        );
        assert!(message.contains(log.to_str().unwrap()), "{message}");
        assert!(message.contains("armv7"), "{message}");
        assert!(read_reason("").contains("no error in the log"));
    }
}
