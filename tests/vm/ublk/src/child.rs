//! A server as a child process.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, bail};

/// A running server. Dropping it does not end it.
pub struct Server {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Server {
    /// Starts this program as a server; see `main`.
    pub fn spawn(arguments: &[&str]) -> anyhow::Result<Self> {
        let mut process = Command::new("/proc/self/exe")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("/proc/self/exe")?;
        let input = process.stdin.take().context("stdin")?;
        let output = BufReader::new(process.stdout.take().context("stdout")?);
        Ok(Self {
            process,
            input,
            output,
        })
    }

    /// The rest of the next event, which has to begin with this text.
    pub fn expect(&mut self, event: &str) -> anyhow::Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        match line.trim_end().strip_prefix(event) {
            Some(rest) => Ok(rest.trim_start().to_owned()),
            None => bail!("server: expected {event:?}, got {line:?}"),
        }
    }

    /// Sends a command.
    pub fn send(&mut self, command: &str) -> anyhow::Result<()> {
        writeln!(self.input, "{command}").context("server")
    }

    /// Kills it with SIGKILL, and waits for its end.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Has it remove the device and end.
    pub fn remove(mut self) -> anyhow::Result<()> {
        self.send("remove")?;
        let status = self.process.wait()?;
        if !status.success() {
            bail!("server: {status}");
        }
        Ok(())
    }
}
