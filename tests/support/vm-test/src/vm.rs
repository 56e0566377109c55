//! A running virtual machine.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use wait_timeout::ChildExt;

/// A running machine. Dropping it kills QEMU.
#[derive(Debug)]
pub struct Vm {
    child: Child,
    output: Receiver<Vec<u8>>,
    deadline: Instant,
}

/// An event of a running machine.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// The machine wrote this to its serial console, or QEMU to its standard error.
    Output(Vec<u8>),
    /// QEMU exited, and all its output has been returned.
    Exit(ExitStatus),
    /// The deadline has passed. The machine still runs.
    Deadline,
}

impl Vm {
    /// Starts `command`, whose output is the console.
    pub(crate) fn spawn(command: &mut Command, deadline: Duration) -> io::Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (sender, output) = mpsc::channel();
        forward(child.stdout.take(), sender.clone());
        forward(child.stderr.take(), sender);
        Ok(Vm {
            child,
            output,
            deadline: Instant::now() + deadline,
        })
    }

    /// Waits for the next event.
    ///
    /// # Errors
    /// QEMU's exit status cannot be read.
    pub fn next_event(&mut self) -> io::Result<Event> {
        // First, as output may never cease.
        if self.time_left().is_zero() {
            return Ok(Event::Deadline);
        }
        match self.output.recv_timeout(self.time_left()) {
            Ok(bytes) => return Ok(Event::Output(bytes)),
            Err(RecvTimeoutError::Timeout) => return Ok(Event::Deadline),
            Err(RecvTimeoutError::Disconnected) => {}
        }
        let status = self.child.wait_timeout(self.time_left())?;
        Ok(status.map_or(Event::Deadline, Event::Exit))
    }

    fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        // Both fail only if QEMU has exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Forwards output in a thread until the reader or the receiver is closed.
fn forward(reader: Option<impl Read + Send + 'static>, sender: Sender<Vec<u8>>) {
    let Some(mut reader) = reader else { return };
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = reader.read(&mut buffer) {
            let read = buffer.get(..length).unwrap_or_default().to_vec();
            if sender.send(read).is_err() {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn returns_output_before_the_exit() {
        let mut vm = Vm::spawn(Command::new("sh").args(["-c", "echo a; exit 3"]), LONG).unwrap();
        assert_eq!(vm.next_event().unwrap(), Event::Output(b"a\n".to_vec()));
        match vm.next_event().unwrap() {
            Event::Exit(status) => assert_eq!(status.code(), Some(3)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn returns_standard_error_as_output() {
        let mut vm = Vm::spawn(Command::new("sh").args(["-c", "echo a >&2"]), LONG).unwrap();
        assert_eq!(vm.next_event().unwrap(), Event::Output(b"a\n".to_vec()));
    }

    #[test]
    fn stops_at_the_deadline() {
        for command in [&["cat", "/dev/zero"], &["sleep", "1000"]] {
            let short = Duration::from_millis(20);
            let mut vm = Vm::spawn(Command::new(command[0]).arg(command[1]), short).unwrap();
            while vm.next_event().unwrap() != Event::Deadline {}
        }
    }

    #[test]
    fn rejects_a_missing_program() {
        assert!(Vm::spawn(&mut Command::new("/nowhere/qemu"), LONG).is_err());
    }
}
