//! What goes wrong, and what to do about it.

use std::{fmt, io};

use rustix::io::Errno;

/// The error of a step in setting up or serving a device.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A parameter that the driver does not accept.
    Parameters(&'static str),
    /// A system call, or a command of the driver, failed.
    Failed {
        /// The file it was for, such as `/dev/ublk-control`.
        file: String,
        /// The system call, or the driver's name for the command without its prefix, such as `ADD_DEV`.
        step: &'static str,
        /// Its error number.
        errno: Errno,
    },
    /// The kernel's driver lacks a feature.
    Unsupported {
        /// The flags that the driver removed, `UBLK_F_*` of include/uapi/linux/ublk_cmd.h.
        flags: u64,
    },
    /// The device to recover has another size, block size, queue depth or maximum of bytes a request.
    OtherParameters {
        /// Its number.
        number: u32,
    },
    /// The driver ended the queue: the device is stopped.
    Stopped {
        /// Its number.
        number: u32,
    },
}

impl Error {
    /// Whether the device was stopped, which is how serving a queue ends.
    pub fn is_stopped(&self) -> bool {
        matches!(self, Self::Stopped { .. })
    }

    /// The kernel's error number, if a system call or a command failed.
    pub fn errno(&self) -> Option<i32> {
        match self {
            Self::Failed { errno, .. } => Some(errno.raw_os_error()),
            _ => None,
        }
    }

    /// Adds the file and the step to an error number.
    pub(crate) fn failed(
        file: impl Into<String>,
        step: &'static str,
    ) -> impl FnOnce(Errno) -> Self {
        move |errno| Self::Failed {
            file: file.into(),
            step,
            errno,
        }
    }
}

/// The next step for what has a known cause.
fn hint(step: &str, errno: Errno) -> &'static str {
    match (step, errno) {
        ("open", Errno::NOENT | Errno::NODEV | Errno::NXIO) => {
            "; load the module ublk_drv, and mount devtmpfs on /dev"
        }
        ("open" | "ADD_DEV", Errno::ACCESS | Errno::PERM) => "; run as root",
        ("ADD_DEV", Errno::OPNOTSUPP | Errno::INVAL) | ("io_uring_setup", Errno::INVAL) => {
            "; use Linux 6.4 or later"
        }
        ("io_uring_setup", Errno::NOSYS) => "; use a kernel with CONFIG_IO_URING",
        ("io_uring_setup", Errno::PERM) => "; set the sysctl kernel.io_uring_disabled to 0",
        ("START_USER_RECOVERY", Errno::BUSY) => "; end the process that serves it",
        _ => "",
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameters(expected) => {
                write!(f, "ublk: invalid parameters: expected {expected}")
            }
            Self::Failed { file, step, errno } => {
                write!(
                    f,
                    "{file}: {step}: {}{}",
                    io::Error::from(*errno),
                    hint(step, *errno)
                )
            }
            Self::Unsupported { flags } => {
                write!(
                    f,
                    "ublk_drv: the driver lacks the features {flags:#x} (UBLK_F_*); use Linux 6.4 or later"
                )
            }
            Self::OtherParameters { number } => {
                write!(
                    f,
                    "/dev/ublkc{number}: the device has other parameters; remove it, or recover it with its own"
                )
            }
            Self::Stopped { number } => write!(f, "/dev/ublkc{number}: the device was stopped"),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_step_and_the_next_one() {
        let error = Error::failed("/dev/ublk-control", "open")(Errno::NOENT);
        assert_eq!(
            error.to_string(),
            "/dev/ublk-control: open: No such file or directory (os error 2); load the module ublk_drv, and mount devtmpfs on /dev"
        );
        assert_eq!(error.errno(), Some(2));
        assert!(!error.is_stopped());
        assert!(Error::Stopped { number: 0 }.is_stopped());
    }
}
