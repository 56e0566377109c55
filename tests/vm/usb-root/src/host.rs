//! The program on the host that serves an image.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use anyhow::{Context, bail, ensure};

use crate::kmsg::log;
use crate::wait::{LONG, wait_for};
use crate::wrapper::HOST_NAME;
use crate::{nbd, parameters};

/// A program that serves an image.
#[derive(Clone, Copy)]
enum Program {
    Fastboop,
    Smoo,
    Nbd,
}

/// Serves an image, with interruptions.
pub struct Host {
    program: Program,
    child: Option<Child>,
}

impl Host {
    /// The program that `usb_root.host=` names.
    pub fn from_parameters() -> anyhow::Result<Self> {
        let program = match parameters::get("host", "fastboop")?.as_str() {
            "fastboop" => Program::Fastboop,
            "smoo" => Program::Smoo,
            "nbd" => Program::Nbd,
            other => bail!("usb_root.host={other}: unrecognized value"),
        };
        Ok(Host {
            program,
            child: None,
        })
    }

    /// Serves an image.
    pub fn start(&mut self, image: &Path) -> anyhow::Result<()> {
        self.child = Some(match self.program {
            // The device is not there yet, or while the cable is out.
            Program::Fastboop => spawn(
                "/fastboop",
                &["serve", "--wait=3600", "--non-interactive"],
                image,
            )?,
            Program::Smoo => spawn("/smoo-host", &["--device"], image)?,
            Program::Nbd => nbd::start_server()?,
        });
        Ok(())
    }

    /// The numbers of this process and of the one that serves.
    pub fn processes(&self) -> String {
        let child = self.child.iter().map(|child| child.id().to_string());
        let own = std::process::id().to_string();
        child.chain([own]).collect::<Vec<_>>().join(" ")
    }

    /// Kills it with SIGKILL.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Waits until it ends by itself, which has to be a failure.
    pub fn wait_for_failure(&mut self) -> anyhow::Result<()> {
        let mut child = self.child.take().context("the host does not run")?;
        let status = wait_for("the end of the host", LONG, || Ok(child.try_wait()?))?;
        ensure!(!status.success(), "the host: {status}; expected a failure");
        Ok(())
    }

    /// Serves until the machine is off.
    pub fn serve_forever(&mut self) -> anyhow::Result<()> {
        if let Some(child) = &mut self.child {
            let status = child.wait()?;
            log(format_args!("the host ended: {status}"));
        }
        loop {
            thread::park();
        }
    }
}

/// Starts a program, whose output is logged.
fn spawn(path: &str, arguments: &[&str], image: &Path) -> anyhow::Result<Child> {
    let mut command = Command::new(path);
    command
        .arg0(HOST_NAME)
        .args(arguments)
        .arg(image)
        .env("HOME", "/tmp")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| path.to_owned())?;
    forward(child.stdout.take());
    forward(child.stderr.take());
    Ok(child)
}

/// Logs each line of output.
fn forward(output: Option<impl Read + Send + 'static>) {
    let Some(output) = output else { return };
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            log(format_args!("host: {line}"));
        }
    });
}
