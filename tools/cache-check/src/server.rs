//! The real cache servers, started and stopped.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use std::{fmt, io};

use clap::ValueEnum;

/// How long a server may take to start: BuildGrid loads many modules.
const START: Duration = Duration::from_secs(60);

/// How often it is asked whether it has.
const ASK: Duration = Duration::from_millis(50);

/// A server that Bazel can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// nginx, by HTTP: PUT and GET of files
    Nginx,
    /// BuildGrid, by gRPC: the Remote Execution API
    Buildgrid,
}

/// Which server, and where its program is.
#[derive(Debug)]
pub struct ServerOptions {
    pub kind: Kind,
    /// Where it keeps its files, if not in the directory to work in.
    pub storage: Option<PathBuf>,
    /// BuildGrid's program.
    pub bgd: PathBuf,
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
    process: Child,
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
            Kind::Buildgrid => (buildgrid(address, directory), Command::new(&options.bgd)),
        };
        let file = directory.join("configuration");
        fs::write(&file, configuration).map_err(said)?;
        match options.kind {
            Kind::Nginx => command.arg("-p").arg(directory).arg("-c").arg(&file),
            Kind::Buildgrid => command.args(["server", "start"]).arg(&file),
        };
        let log = File::create(directory.join("log")).map_err(said)?;
        let errors = log.try_clone().map_err(said)?;
        command.stdin(Stdio::null()).stdout(log).stderr(errors);
        let process = command.spawn().map_err(|error| {
            let program = command.get_program().to_string_lossy();
            format!("cannot start {program}: {error}; in the Debian root, run tools/cache-check/with-servers")
        })?;
        let mut server = Server {
            endpoint: Endpoint {
                kind: options.kind,
                address,
            },
            process,
            directory: directory.to_owned(),
        };
        server.wait()?;
        Ok(server)
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
        // It fails where the server is gone already, which is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    fn wait(&mut self) -> Result<(), String> {
        let log = self.directory.join("log");
        let began = Instant::now();
        while TcpStream::connect(self.endpoint.address).is_err() {
            let ended = self.process.try_wait().map_err(|error| error.to_string())?;
            if ended.is_some() || began.elapsed() > START {
                let text = fs::read_to_string(&log).unwrap_or_default();
                return Err(format!("{self} does not start; it said:\n{text}"));
            }
            thread::sleep(ASK);
        }
        Ok(())
    }
}

impl Endpoint {
    /// The same protocol at another address, such as a proxy's.
    pub fn at(self, address: SocketAddr) -> Self {
        Endpoint { address, ..self }
    }
}

impl fmt::Display for Endpoint {
    /// As `--remote_cache` takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Nginx => write!(f, "http://{}", self.address),
            Kind::Buildgrid => write!(f, "grpc://{}", self.address),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.endpoint.kind {
            Kind::Nginx => "nginx (HTTP)",
            Kind::Buildgrid => "BuildGrid (gRPC)",
        })
    }
}

/// A port that nobody listens at. Another program could take it before the server does; then that does not start.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// Bazel's HTTP cache: PUT and GET of /ac/<key> and /cas/<digest>. One process, so that killing it is killing the server.
fn nginx(address: SocketAddr, directory: &Path) -> String {
    let directory = directory.display();
    format!(
        "daemon off;
master_process off;
pid {directory}/pid;
error_log stderr crit;
events {{}}
http {{
  access_log off;
  client_body_temp_path {directory}/storage/incoming;
  server {{
    listen {address};
    root {directory}/storage;
    client_max_body_size 0;
    location / {{ dav_methods PUT; create_full_put_path on; }}
  }}
}}
"
    )
}

/// The three services that a cache is, of the Remote Execution API. The action cache is in memory.
fn buildgrid(address: SocketAddr, directory: &Path) -> String {
    let storage = directory.join("storage");
    let storage = storage.display();
    format!(
        "server:
  - !channel
    address: \"{address}\"
    insecure-mode: true
storages:
  - !disk-storage &blobs
    path: {storage}
caches:
  - !lru-action-cache &actions
    storage: *blobs
    max-cached-refs: 100000
    allow-updates: true
    cache-failed-actions: false
instances:
  - name: ''
    services:
      - !cas {{ storage: *blobs }}
      - !bytestream {{ storage: *blobs }}
      - !action-cache {{ cache: *actions }}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_missing_is_named() {
        let options = ServerOptions {
            kind: Kind::Buildgrid,
            storage: None,
            bgd: "/nonexistent/bgd".into(),
        };
        let directory = tempfile::tempdir().unwrap();
        let error = Server::start(&options, directory.path()).unwrap_err();
        assert!(error.contains("cannot start /nonexistent/bgd"), "{error}");
    }

    #[test]
    fn a_server_that_ends_at_once_is_an_error() {
        let options = ServerOptions {
            kind: Kind::Buildgrid,
            storage: None,
            bgd: "false".into(),
        };
        let directory = tempfile::tempdir().unwrap();
        let error = Server::start(&options, directory.path()).unwrap_err();
        assert!(error.contains("does not start"), "{error}");
    }
}
