//! A machine that executes actions: buildbox-casd, which holds files, and buildbox-worker, which asks BuildGrid for work.
//!
//! It has process and mount namespaces of its own, as a container has, so that killing it kills all that it runs, and its mounts go with
//! it: buildbox-casd shows an action its files through FUSE. The rest is this machine's, compilers and network among it:
//! buildbox-run-hosttools isolates nothing.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::process::Process;
use crate::server::Endpoint;

/// What buildbox-worker says when an action is done, in `buildboxcommon_localexecutionclient.cpp`.
const DONE: &str = "Runner exited with code ";

/// What it says when it has checked its settings, and asks for work.
const STARTED: &str = "Starting buildbox-worker ";

/// A running worker; dropped, it is killed, with the action that it runs.
#[derive(Debug)]
pub struct Worker {
    machine: Process,
    worker: Process,
}

impl Worker {
    /// Starts one that executes one action at a time.
    pub fn start(name: &str, grid: Endpoint, directory: &Path) -> Result<Self, String> {
        let said = |error| format!("{}: {error}", directory.display());
        fs::create_dir_all(directory).map_err(said)?;
        let grid = format!("http://{}", grid.address);
        let socket = directory.join("socket");
        let address = format!("unix:{}", socket.display());

        // Its first process: when that ends, the kernel kills all others.
        let mut command = Command::new("unshare");
        command.args(["--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc"]);
        command.args(["buildbox-casd", "--log-level=warning"]);
        command.arg(format!("--cas-remote={grid}"));
        command.arg(format!("--bind={address}"));
        command.arg(directory.join("files"));
        let log = directory.join("casd.log");
        let mut machine = Process::start(format!("{name}'s buildbox-casd"), command, log)?;
        machine.wait(|| socket.exists())?;

        let mut command = Command::new("nsenter");
        command.args(["--mount", "--pid", "--target", &first_process(&machine)?]);
        command.args(["buildbox-worker", "--concurrent-jobs=1"]);
        command.arg("--buildbox-run=/usr/bin/buildbox-run-hosttools");
        command.args(["--platform", "OSFamily=linux"]);
        command.arg(format!("--bots-remote={grid}"));
        command.arg(format!("--cas-remote={address}"));
        command.arg(name);
        let log = directory.join("worker.log");
        let title = format!("{name}'s buildbox-worker");
        let mut worker = Process::start(title, command, log.clone())?;
        worker.wait(|| fs::read_to_string(&log).is_ok_and(|said| said.contains(STARTED)))?;
        Ok(Worker { machine, worker })
    }

    /// How many actions it has executed.
    pub fn done(&self) -> usize {
        self.worker.said().matches(DONE).count()
    }

    /// Kills it, as a power cut would.
    pub fn kill(&mut self) {
        self.machine.kill();
        self.worker.kill();
    }
}

/// The child of unshare.
fn first_process(machine: &Process) -> Result<String, String> {
    let id = machine.id();
    let path = format!("/proc/{id}/task/{id}/children");
    let children = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let first = children.split_whitespace().next();
    first.map_or_else(
        || Err(format!("{path} is empty: the worker is gone")),
        |id| Ok(id.to_owned()),
    )
}
