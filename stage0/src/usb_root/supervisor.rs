//! The supervisor: keeps what must outlive the server, and starts another server when one ends.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::process::{Child, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use nix::unistd::{chdir, chroot, fchdir};

use super::process::{Log, Role, protect, spawn, write_omitted_ids};
use super::report::{self, Report};
use super::{Image, gadget};
use crate::console::Level;

/// A server that ends earlier is started again only after a pause.
const SHORT_LIFE: Duration = Duration::from_secs(10);
/// How often a server is started before the block device appears, which a system waits for that can still report a failure.
const MAX_STARTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);
/// How long the kernel may take to release a controller, or a module to bring it back.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const CONNECT_INTERVAL: Duration = Duration::from_millis(50);

/// Runs until the server cannot be started.
pub fn run(controller: &str) -> ExitCode {
    let log = Log::open();
    protect(&log);
    let error = match Supervisor::open(controller, log) {
        Ok(mut supervisor) => supervisor.run(),
        Err(error) => error.to_string(),
    };
    Log::open().write(Level::Error, &error);
    Report::Failed(error).send();
    ExitCode::FAILURE
}

struct Supervisor {
    log: Log,
    controller: String,
    connection: File,
    /// Keeps the gadget while no server runs.
    _control: File,
    /// /proc, from which the new root is found.
    proc: File,
    image: Option<Image>,
    is_ready: bool,
}

impl Supervisor {
    fn open(controller: &str, log: Log) -> io::Result<Self> {
        Ok(Supervisor {
            log,
            controller: controller.to_owned(),
            connection: gadget::open_connection()?,
            _control: gadget::open_endpoint(0)?,
            proc: File::open("/proc")?,
            image: None,
            is_ready: false,
        })
    }

    /// Runs servers, and returns why no other one can run.
    fn run(&mut self) -> String {
        for start in 0.. {
            let begin = Instant::now();
            let role = Role::Server {
                start,
                image: self.image,
            };
            let mut server = match spawn(&role) {
                Ok(server) => server,
                Err(error) => return format!("cannot run itself: {error}"),
            };
            let ids = [std::process::id(), server.id()];
            if let Err(error) = write_omitted_ids(&ids) {
                let text = format!("/run/sendsigs.omit.d/fastboop: {error}");
                self.log.write(Level::Warning, &text);
            }
            if let Err(error) = self.follow(&mut server) {
                let _ = server.kill();
                return error;
            }
            self.clean_up(&mut server);
            if !self.is_ready && start + 1 >= MAX_STARTS {
                return format!("the server ended {MAX_STARTS} times; see the kernel's log");
            }
            if begin.elapsed() < SHORT_LIFE {
                thread::sleep(PAUSE);
            }
        }
        "started too often".to_owned()
    }

    /// Handles the reports of a server until it ends.
    fn follow(&mut self, server: &mut Child) -> Result<(), String> {
        let output = server.stdout.take().map(BufReader::new);
        for report in report::read_all(output) {
            match &report {
                Report::Listening => self.connect()?,
                Report::Image(image) => self.image = Some(*image),
                // Once the system runs, another server may succeed.
                Report::Failed(cause) if !self.is_ready => return Err(cause.clone()),
                Report::Ready(_) => self.is_ready = true,
                Report::Failed(_) => {}
            }
            report.send();
        }
        Ok(())
    }

    fn connect(&mut self) -> Result<(), String> {
        let begin = Instant::now();
        while let Err(error) = self.connection.write_all(self.controller.as_bytes()) {
            if begin.elapsed() > CONNECT_LIMIT {
                return Err(format!(
                    "cannot connect the gadget to {}: {error}",
                    self.controller
                ));
            }
            thread::sleep(CONNECT_INTERVAL);
        }
        Ok(())
    }

    /// Disconnects from the host, which then starts from the beginning, and prepares for another server.
    fn clean_up(&mut self, server: &mut Child) {
        let status = match server.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        let text = format!("the server ended ({status}); starting it again");
        self.log.write(Level::Error, &text);
        // Fails if the gadget was never connected.
        let _ = self.connection.write_all(b"\n");
        if let Err(error) = self.enter_new_root() {
            self.log
                .write(Level::Error, &format!("cannot enter the root: {error}"));
        }
    }

    /// The paths below /proc, /dev and /run, which PID 1 moves to the new root, are valid only there. No file of the root is read.
    fn enter_new_root(&self) -> nix::Result<()> {
        fchdir(&self.proc)?;
        chroot("..")?;
        chdir("/")
    }
}
