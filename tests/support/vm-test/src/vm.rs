//! A running virtual machine.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use wait_timeout::ChildExt;

use crate::port;

/// A running machine. Dropping it kills QEMU.
#[derive(Debug)]
pub struct Vm {
    child: Child,
    messages: Receiver<Message>,
    sender: Sender<Message>,
    /// How many threads still send messages.
    senders: u32,
    deadline: Instant,
}

/// What the threads send that read QEMU's output or wait for a client.
#[derive(Debug)]
enum Message {
    Output(Vec<u8>),
    Client(ClientExit),
    /// The last message of a thread.
    End,
}

/// The end of a client.
#[derive(Debug, PartialEq, Eq)]
pub struct ClientExit {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it wrote to its standard output and its standard error, in the order in which it did.
    pub output: Vec<u8>,
}

/// An event of a running machine.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// The machine wrote this to its serial console, or QEMU to its standard error.
    Output(Vec<u8>),
    /// A client exited.
    Client(ClientExit),
    /// QEMU exited, all its output has been returned, and no client runs.
    Exit(ExitStatus),
    /// The deadline has passed. The machine still runs.
    Deadline,
}

impl Vm {
    /// Starts `command`, whose output is the console.
    pub(crate) fn spawn(command: &mut Command, deadline: Duration) -> io::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (sender, messages) = mpsc::channel();
        forward(child.stdout.take(), sender.clone());
        forward(child.stderr.take(), sender.clone());
        Ok(Vm {
            child,
            messages,
            sender,
            senders: 2,
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
        while self.senders != 0 {
            match self.messages.recv_timeout(self.time_left()) {
                Ok(Message::Output(bytes)) => return Ok(Event::Output(bytes)),
                Ok(Message::Client(exit)) => return Ok(Event::Client(exit)),
                Ok(Message::End) => self.senders -= 1,
                Err(_) => return Ok(Event::Deadline),
            }
        }
        let status = self.child.wait_timeout(self.time_left())?;
        Ok(status.map_or(Event::Deadline, Event::Exit))
    }

    /// Types `text` at the serial console.
    ///
    /// # Errors
    /// QEMU has exited.
    pub fn send(&mut self, text: &str) -> io::Result<()> {
        let input = self.child.stdin.as_mut();
        input.map_or(Ok(()), |input| input.write_all(text.as_bytes()))
    }

    /// The UDP port of 127.0.0.1 that QEMU forwards to the machine, once the machine runs.
    ///
    /// # Errors
    /// QEMU forwards none, or has exited.
    pub fn udp_port(&self) -> io::Result<u16> {
        port::find(self.child.id())
    }

    /// Starts a program beside the machine. It is not killed: its own time limits have to end it.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start_client(&mut self, command: &mut Command) -> io::Result<()> {
        let output = tempfile::tempfile()?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output.try_clone()?)
            .spawn()?;
        let sender = self.sender.clone();
        self.senders += 1;
        thread::spawn(move || {
            if let Ok(exit) = wait_for(&mut child, output) {
                let _ = sender.send(Message::Client(exit));
            }
            let _ = sender.send(Message::End);
        });
        Ok(())
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

fn wait_for(client: &mut Child, mut file: File) -> io::Result<ClientExit> {
    let status = client.wait()?;
    let mut output = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut output)?;
    Ok(ClientExit { status, output })
}

/// Forwards output in a thread until the reader or the receiver is closed.
fn forward(reader: Option<impl Read + Send + 'static>, sender: Sender<Message>) {
    let Some(mut reader) = reader else { return };
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = reader.read(&mut buffer) {
            let read = buffer.get(..length).unwrap_or_default().to_vec();
            if sender.send(Message::Output(read)).is_err() {
                return;
            }
        }
        let _ = sender.send(Message::End);
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
    fn types_at_the_console() {
        let mut vm = Vm::spawn(Command::new("head").arg("-n1"), LONG).unwrap();
        vm.send("hello\n").unwrap();
        assert_eq!(vm.next_event().unwrap(), Event::Output(b"hello\n".to_vec()));
    }

    #[test]
    fn returns_the_exit_after_that_of_the_client() {
        let mut vm = Vm::spawn(&mut Command::new("true"), LONG).unwrap();
        vm.start_client(Command::new("sh").args(["-c", "echo b >&2; echo a; exit 3"]))
            .unwrap();
        match vm.next_event().unwrap() {
            Event::Client(exit) => {
                assert_eq!(
                    (exit.status.code(), exit.output),
                    (Some(3), b"b\na\n".to_vec())
                );
            }
            other => panic!("{other:?}"),
        }
        assert!(matches!(vm.next_event().unwrap(), Event::Exit(_)));
    }

    #[test]
    fn rejects_a_missing_program() {
        assert!(Vm::spawn(&mut Command::new("/nowhere/qemu"), LONG).is_err());
    }
}
