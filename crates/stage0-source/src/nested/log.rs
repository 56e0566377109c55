//! Errors of the nested build, with the cause from the log of Cargo.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use stage0_artifact::Target;

/// The reason why the nested build did not produce a stage0.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The log file could not be created.
    #[error("{}: cannot create the build log: {_1}; check that its directory is writable and has room", _0.display())]
    Log(PathBuf, io::Error),
    /// Cargo could not be started.
    #[error("{}: cannot start the nested build: {_1}; set {} to another Cargo or unset it", _0.display(), crate::variables::CARGO)]
    Start(PathBuf, io::Error),
    /// Cargo exited with an error.
    #[error("stage0 for {target}: build failed ({status}): {reason}; read the full log {}", log.display())]
    Build {
        /// The target of the build.
        target: Target,
        /// The exit status of Cargo.
        status: ExitStatus,
        /// The first error in the log, with the next step if it is known.
        reason: String,
        /// The file with the full output of Cargo.
        log: PathBuf,
    },
    /// The dep-info file, which lists the sources of stage0, cannot be read.
    #[error("{}: cannot read the list of stage0's sources: {_1}; if {} names a script, it must run `cargo build` with the arguments that it receives", _0.display(), crate::variables::CARGO)]
    Inputs(PathBuf, io::Error),
}

impl Failure {
    /// The error of a build that exited with `status`, with the cause from its log file.
    pub fn from_log(target: Target, status: ExitStatus, log: PathBuf) -> Self {
        let reason = find_reason(target, &read_log(&log));
        Failure::Build {
            target,
            status,
            reason,
            log,
        }
    }
}

/// The text of the log, or nothing if it cannot be read: the failed build is the error to report.
fn read_log(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn find_reason(target: Target, log: &str) -> String {
    let first_error = log
        .lines()
        .find(|line| line.starts_with("error"))
        .unwrap_or("no error in the log");
    let lacks_std = ["core", "std"]
        .iter()
        .any(|library| log.contains(&format!("can't find crate for `{library}`")));
    let hint = if lacks_std {
        format!(
            "; install the target with `rustup target add {target}`, build in the Debian root, which has it \
             (`tools/debian/run cargo …`), or set {} to an existing stage0",
            crate::variables::EMBED_PATH
        )
    } else if log.contains("linking with ") || log.contains("error: linker ") {
        let [linker, _] = super::environment::target_variables(target);
        format!(
            "; if the default linker does not support the target, set {linker}, for example to rust-lld"
        )
    } else {
        String::new()
    };
    format!("{first_error}{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    fn aarch64_reason(log: &str) -> String {
        find_reason(Target::Aarch64, log)
    }

    #[test]
    fn suggests_how_to_install_a_missing_target() {
        let text = aarch64_reason("   Compiling x\nerror[E0463]: can't find crate for `core`\n");
        assert!(text.contains("E0463"), "{text}");
        assert!(
            text.contains("rustup target add aarch64-unknown-linux-musl"),
            "{text}"
        );
        assert!(text.contains("tools/debian/run"), "{text}");
    }

    #[test]
    fn suggests_the_variable_for_an_unsuitable_linker() {
        let text = aarch64_reason("error: linking with `cc` failed: exit status: 1\n");
        assert!(
            text.contains("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER"),
            "{text}"
        );
    }

    #[test]
    fn reports_other_errors_and_the_log() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        fs::write(&log, "warning: w\nerror: expected `;`\nerror: aborting\n").unwrap();
        let failure = Failure::from_log(Target::Armv7, ExitStatus::from_raw(256), log.clone());
        let message = failure.to_string();
        assert!(
            message.contains("error: expected `;`; read the full log"),
            "{message}"
        );
        assert!(message.contains(log.to_str().unwrap()), "{message}");
        assert!(message.contains("armv7"), "{message}");
        assert!(aarch64_reason("").contains("no error in the log"));
    }
}
