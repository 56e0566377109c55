//! The processes of the root over USB: how they are started, and how they outlive everything else.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{chdir, setsid};
use rustix::mm::{MlockAllFlags, mlockall};

use super::report::{format_image, parse_image};
use super::{Image, write_attribute};
use crate::console::{self, Level};

/// The name that makes stage0 one of these processes. systemd does not end processes whose name begins with `@`
/// (<https://systemd.io/ROOT_STORAGE_DAEMONS>).
const NAME: &str = "@fastboop-usb-root";

/// Whether the process was started as one of these.
pub fn is_requested() -> bool {
    std::env::args_os().next().as_deref() == Some(OsStr::new(NAME))
}

/// What a process does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Keeps the gadget, and starts the server again if it ends.
    Supervisor {
        /// The USB device controller.
        controller: String,
    },
    /// Transfers the data.
    Server {
        /// How often a server was started before.
        start: u32,
        /// The image that an earlier server served.
        image: Option<Image>,
    },
}

impl Role {
    /// Parses the arguments that [`spawn`] passes.
    pub fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let word = arguments.next()?;
        let first = arguments.next()?;
        let image = arguments.next();
        match (&word[..], image) {
            ("supervisor", None) => Some(Role::Supervisor { controller: first }),
            ("server", image) => Some(Role::Server {
                start: first.parse().ok()?,
                image: match image {
                    Some(text) => Some(parse_image(&text)?),
                    None => None,
                },
            }),
            _ => None,
        }
    }

    fn arguments(&self) -> Vec<String> {
        match self {
            Role::Supervisor { controller } => vec!["supervisor".to_owned(), controller.clone()],
            Role::Server { start, image } => {
                let mut arguments = vec!["server".to_owned(), start.to_string()];
                arguments.extend(image.as_ref().map(format_image));
                arguments
            }
        }
    }
}

/// Starts a process, whose standard output is a pipe.
pub fn spawn(role: &Role) -> io::Result<Child> {
    let mut command = Command::new("/proc/self/exe");
    command.arg0(NAME).args(role.arguments());
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    // The message of a panic.
    match console::open_kmsg() {
        Ok(kmsg) => command.stderr(kmsg),
        Err(_) => command.stderr(Stdio::null()),
    };
    command.spawn()
}

/// Protects the process: the kernel does not end it if memory runs out, nor wait for the root to get memory for it; init does not end
/// it; nothing of it is read from the root, or swapped out.
pub fn protect(log: &Log) {
    let results = [
        (
            "oom_score_adj",
            write_attribute(Path::new("/proc/self/oom_score_adj"), "-1000"),
        ),
        (
            "PR_SET_IO_FLUSHER",
            rustix::process::configure_io_flusher_behavior(true).map_err(Into::into),
        ),
        (
            "mlockall",
            mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE).map_err(Into::into),
        ),
        ("signals", block_signals().map_err(Into::into)),
        ("working directory", chdir("/").map_err(Into::into)),
    ];
    for (what, result) in results {
        if let Err(error) = result {
            log.write(Level::Warning, &format!("{what}: {error}"));
        }
    }
    // Fails only for the leader of a process group.
    let _ = setsid();
}

fn block_signals() -> nix::Result<()> {
    let mut signals = SigSet::empty();
    for signal in [
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGINT,
        Signal::SIGQUIT,
        Signal::SIGUSR1,
        Signal::SIGUSR2,
        Signal::SIGALRM,
    ] {
        signals.add(signal);
    }
    signals.thread_block()
}

/// Writes the ids of the processes where Debian's sysvinit looks for processes that it must not end.
pub fn write_omitted_ids(ids: &[u32]) -> io::Result<()> {
    const DIRECTORY: &str = "/run/sendsigs.omit.d";
    fs::create_dir_all(DIRECTORY)?;
    let lines: String = ids.iter().map(|id| format!("{id}\n")).collect();
    fs::write(Path::new(DIRECTORY).join("fastboop"), lines)
}

/// The kernel's log, opened before the switch to the new root.
pub struct Log(Option<File>);

impl Log {
    /// Opens it, if possible.
    pub fn open() -> Self {
        Log(console::open_kmsg().ok())
    }

    /// Writes one line. Errors are ignored: there is nowhere to report them.
    pub fn write(&self, level: Level, text: &str) {
        if let Some(mut kmsg) = self.0.as_ref() {
            let _ = kmsg.write_all(
                console::format_kernel_record(level, &format!("usb: {text}")).as_bytes(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_the_arguments_that_it_passes() {
        let image = parse_image("0:00000007:512:1024");
        for role in [
            Role::Supervisor {
                controller: "a".to_owned(),
            },
            Role::Server {
                start: 0,
                image: None,
            },
            Role::Server { start: 7, image },
        ] {
            let parsed = Role::from_arguments(role.arguments().into_iter());
            assert_eq!(parsed, Some(role));
        }
        for arguments in [
            &[][..],
            &["server"],
            &["server", "x"],
            &["server", "1", "2"],
            &["supervisor", "a", "b"],
        ] {
            let arguments = arguments.iter().map(|argument| (*argument).to_owned());
            assert_eq!(Role::from_arguments(arguments), None);
        }
    }
}
