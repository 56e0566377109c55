//! A machine that runs.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use wait_timeout::ChildExt;

/// A machine that was switched on. Dropping it switches it off.
#[derive(Debug)]
pub struct Vm {
    child: Child,
    output: Receiver<Vec<u8>>,
    deadline: Instant,
}

/// What happened next.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// The machine wrote this to its serial console, or QEMU to its standard error.
    Output(Vec<u8>),
    /// QEMU ended, and has nothing more to say.
    End(ExitStatus),
    /// The time is over. The machine still runs.
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

    /// Waits for what happens next.
    ///
    /// # Errors
    /// The system does not say how QEMU ended.
    pub fn next_event(&mut self) -> io::Result<Event> {
        // Asked first, as there may always be more output.
        if self.time_left().is_zero() {
            return Ok(Event::Deadline);
        }
        match self.output.recv_timeout(self.time_left()) {
            Ok(bytes) => return Ok(Event::Output(bytes)),
            Err(RecvTimeoutError::Timeout) => return Ok(Event::Deadline),
            Err(RecvTimeoutError::Disconnected) => {}
        }
        let status = self.child.wait_timeout(self.time_left())?;
        Ok(status.map_or(Event::Deadline, Event::End))
    }

    fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Hands on what comes, in a thread, until nothing more can.
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
    fn output_comes_before_the_end() {
        let mut vm = Vm::spawn(Command::new("sh").args(["-c", "echo a; exit 3"]), LONG).unwrap();
        assert_eq!(vm.next_event().unwrap(), Event::Output(b"a\n".to_vec()));
        match vm.next_event().unwrap() {
            Event::End(status) => assert_eq!(status.code(), Some(3)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn errors_are_output_too() {
        let mut vm = Vm::spawn(Command::new("sh").args(["-c", "echo a >&2"]), LONG).unwrap();
        assert_eq!(vm.next_event().unwrap(), Event::Output(b"a\n".to_vec()));
    }

    #[test]
    fn the_deadline_comes_when_nothing_else_does() {
        for command in [&["cat", "/dev/zero"], &["sleep", "1000"]] {
            let short = Duration::from_millis(20);
            let mut vm = Vm::spawn(Command::new(command[0]).arg(command[1]), short).unwrap();
            while vm.next_event().unwrap() != Event::Deadline {}
        }
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error() {
        assert!(Vm::spawn(&mut Command::new("/nowhere/qemu"), LONG).is_err());
    }
}
