//! The real servers, started and stopped.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fmt, io};

use clap::ValueEnum;

use crate::configuration::{Scheduler, buildgrid, nginx};
use crate::process::Process;

/// A server that Bazel can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// nginx, by HTTP: PUT and GET of files
    Nginx,
    /// BuildGrid, by gRPC: the Remote Execution API
    Buildgrid,
}

/// Which server, and where its program is.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    pub kind: Kind,
    /// Where it keeps its files, if not in the directory to work in.
    pub storage: Option<PathBuf>,
    /// BuildGrid's program.
    pub bgd: PathBuf,
    /// With one, BuildGrid also executes.
    pub scheduler: Option<Scheduler>,
}

/// Where a server listens, and what it speaks.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    kind: Kind,
    /// The address.
    pub address: SocketAddr,
}

/// A running server; dropped, it is stopped. Its files stay.
#[derive(Debug)]
pub struct Server {
    endpoint: Endpoint,
    process: Process,
    directory: PathBuf,
}

impl Server {
    /// Starts one that keeps all its files in `directory`, which is made if need be; what is in it from an earlier server is used.
    pub fn start(options: &ServerOptions, directory: &Path) -> Result<Self, String> {
        let said = |error: io::Error| format!("{}: {error}", directory.display());
        fs::create_dir_all(directory.join("storage")).map_err(said)?;
        let address = free_address().map_err(|error| format!("no free port: {error}"))?;
        let (configuration, mut command) = match options.kind {
            Kind::Nginx => (nginx(address, directory), Command::new("nginx")),
            Kind::Buildgrid => (
                buildgrid(address, directory, options.scheduler.as_ref()),
                Command::new(&options.bgd),
            ),
        };
        let file = directory.join("configuration");
        fs::write(&file, configuration).map_err(said)?;
        match options.kind {
            Kind::Nginx => command.arg("-p").arg(directory).arg("-c").arg(&file),
            Kind::Buildgrid => command.args(["server", "start"]).arg(&file),
        };
        let name = options.kind.to_string();
        let mut process = Process::start(name, command, directory.join("log"))?;
        process.wait(|| TcpStream::connect(address).is_ok())?;
        Ok(Server {
            endpoint: Endpoint {
                kind: options.kind,
                address,
            },
            process,
            directory: directory.to_owned(),
        })
    }

    /// Where it listens.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// The directory in which each blob is a file, somewhere.
    pub fn blobs(&self) -> PathBuf {
        let storage = self.directory.join("storage");
        match self.endpoint.kind {
            Kind::Nginx => storage.join("cas"),
            Kind::Buildgrid => storage.join("cas/objects"),
        }
    }

    /// Kills it, as a crash would.
    pub fn kill(&mut self) {
        self.process.kill();
    }
}

impl Endpoint {
    /// The same protocol at another address, such as a proxy's.
    pub fn at(self, address: SocketAddr) -> Self {
        Endpoint { address, ..self }
    }
}

impl fmt::Display for Endpoint {
    /// As `--remote_cache` and `--remote_executor` take it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Nginx => write!(f, "http://{}", self.address),
            Kind::Buildgrid => write!(f, "grpc://{}", self.address),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Nginx => "nginx (HTTP)",
            Kind::Buildgrid => "BuildGrid (gRPC)",
        })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.endpoint.kind.fmt(f)
    }
}

/// A port that nobody listens at. Another program could take it before the server does; then that does not start.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_ends_at_once_is_an_error() {
        let options = ServerOptions {
            kind: Kind::Buildgrid,
            storage: None,
            bgd: "false".into(),
            scheduler: None,
        };
        let directory = tempfile::tempdir().unwrap();
        let error = Server::start(&options, directory.path()).unwrap_err();
        assert!(error.contains("BuildGrid (gRPC) does not start"), "{error}");
    }
}
