//! The servers that Bazel uses.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process::Process;

/// BuildGrid's threads for calls that do not wait, such as reading and writing files.
const SHORT_CALLS: usize = 16;

/// A server on a free port, with all its files in one directory. Killed when dropped.
#[derive(Debug)]
pub struct Server {
    pub address: SocketAddr,
    process: Process,
}

impl Server {
    /// Starts nginx as an HTTP cache.
    pub fn nginx(directory: &Path) -> Result<Self> {
        let mut command = Command::new("nginx");
        command.arg("-p").arg(directory);
        command.args(["-c", "configuration"]);
        Server::start("nginx", command, directory, include_str!("../nginx.conf"))
    }

    /// Starts BuildGrid. `waiting_calls`: how many calls may wait at once, of Bazel for an action and of workers for work.
    pub fn buildgrid(directory: &Path, database_url: &str, waiting_calls: usize) -> Result<Self> {
        let threads = waiting_calls + SHORT_CALLS;
        let configuration = include_str!("../buildgrid.yaml")
            .replace("DATABASE", database_url)
            .replace("THREADS", &threads.to_string());
        let mut command = Command::new("bgd");
        command.args(["server", "start"]);
        command.arg(directory.join("configuration"));
        Server::start("BuildGrid", command, directory, &configuration)
    }

    fn start(
        name: &str,
        mut command: Command,
        directory: &Path,
        configuration: &str,
    ) -> Result<Self> {
        fs::create_dir_all(directory.join("storage"))?;
        // If another program takes the port before the server does, the server reports that and ends.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let configuration = configuration.replace("ADDRESS", &address.to_string());
        fs::write(directory.join("configuration"), configuration)?;
        command.current_dir(directory);
        let mut process = Process::start(name, command, directory.join("log"))?;
        process.wait_until_ready(|| TcpStream::connect(address).is_ok())?;
        Ok(Server { address, process })
    }

    pub fn ensure_running(&mut self) -> Result<()> {
        self.process.ensure_running()
    }
}
