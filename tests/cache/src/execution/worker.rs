//! A worker: buildbox-casd, which holds files, and buildbox-worker, which executes actions.
//!
//! It has PID and mount namespaces of its own, as a container has: killing the first process kills everything that it runs, and its FUSE
//! mounts, through which an action sees its files, go with it.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process::Process;

/// What buildbox-worker logs when its settings are valid.
const STARTED: &str = "Starting buildbox-worker ";

/// Dropped, it is killed as by a power cut, with its actions.
#[derive(Debug)]
pub struct Worker {
    casd: Process,
    worker: Process,
}

impl Worker {
    /// Starts a worker that executes one action at a time.
    pub fn start(name: &str, buildgrid: SocketAddr, directory: &Path) -> Result<Self> {
        fs::create_dir_all(directory)?;
        let buildgrid = format!("http://{buildgrid}");
        let socket = directory.join("socket");
        let address = format!("unix:{}", socket.display());

        let mut command = Command::new("unshare");
        command.args(["--pid", "--fork", "--kill-child=KILL", "--mount-proc"]);
        command.args(["buildbox-casd", "--log-level=warning"]);
        command.arg(format!("--cas-remote={buildgrid}"));
        command.arg(format!("--bind={address}"));
        command.arg(directory.join("files"));
        let title = format!("buildbox-casd of worker {name}");
        let mut casd = Process::start(&title, command, directory.join("casd.log"))?;
        casd.wait_until_ready(|| socket.exists())?;

        let mut command = Command::new("nsenter");
        command.args(["--mount", "--pid", "--target", &child(casd.id())?]);
        command.args(["buildbox-worker", "--concurrent-jobs=1"]);
        command.arg("--buildbox-run=/usr/bin/buildbox-run-hosttools");
        command.args(["--platform", "OSFamily=linux"]);
        command.arg(format!("--bots-remote={buildgrid}"));
        command.arg(format!("--cas-remote={address}"));
        command.arg(name);
        let log = directory.join("worker.log");
        let title = format!("buildbox-worker of worker {name}");
        let mut worker = Process::start(&title, command, log.clone())?;
        worker
            .wait_until_ready(|| fs::read_to_string(&log).is_ok_and(|log| log.contains(STARTED)))?;
        Ok(Worker { casd, worker })
    }

    pub fn ensure_running(&mut self) -> Result<()> {
        self.casd.ensure_running()?;
        self.worker.ensure_running()
    }
}

/// The process that unshare started.
fn child(unshare: u32) -> Result<String> {
    let path = format!("/proc/{unshare}/task/{unshare}/children");
    let children = fs::read_to_string(&path).context(path.clone())?;
    let first = children.split_whitespace().next();
    Ok(first.with_context(|| format!("{path}: empty"))?.to_owned())
}
