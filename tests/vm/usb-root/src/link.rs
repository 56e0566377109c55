//! The connection between the host side, which gives orders, and the root, which carries them out. Each order is a line, and so is each
//! reply. On one machine it is a socket with an abstract name, as they share no directory; between two it is TCP.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::role::{HOST_ADDRESS, Role};
use crate::wait::{LONG, wait_for};

const NAME: &str = "fastboop-usb-root";

/// What a reply to an order that failed begins with.
const FAILED: &str = "failed: ";

fn address() -> anyhow::Result<SocketAddr> {
    Ok(SocketAddr::from_abstract_name(NAME)?)
}

/// The port between two machines.
const PORT: u16 = 4000;

/// A socket.
trait Socket: Read + Write {
    fn limit_reads(&self, limit: Duration) -> io::Result<()>;
}

impl Socket for UnixStream {
    fn limit_reads(&self, limit: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(limit))
    }
}

impl Socket for TcpStream {
    fn limit_reads(&self, limit: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(limit))
    }
}

/// One end of the connection.
pub struct Link(BufReader<Box<dyn Socket>>);

impl Link {
    /// Connects the root, once the host side listens.
    pub fn connect() -> anyhow::Result<Self> {
        let address = address()?;
        let is_alone = Role::from_parameters()? == Role::Both;
        let connect = || -> io::Result<Box<dyn Socket>> {
            if is_alone {
                return Ok(Box::new(UnixStream::connect_addr(&address)?));
            }
            Ok(Box::new(TcpStream::connect((HOST_ADDRESS, PORT))?))
        };
        let socket = wait_for("the host side", LONG, || Ok(connect().ok()))?;
        Ok(Link(BufReader::new(socket)))
    }

    /// Gives an order, and returns the reply.
    pub fn order(&mut self, order: &str, limit: Duration) -> anyhow::Result<String> {
        self.0.get_ref().limit_reads(limit)?;
        self.send(order)?;
        let reply = self.receive();
        let seconds = limit.as_secs();
        let reply = reply.with_context(|| format!("{order}: no reply within {seconds} s"))?;
        match reply.strip_prefix(FAILED) {
            Some(cause) => bail!("{order}: {cause}"),
            None => Ok(reply),
        }
    }

    /// The next order.
    pub fn receive(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            bail!("the connection is closed");
        }
        Ok(line.trim_end().to_owned())
    }

    /// Sends the reply to an order.
    pub fn reply(&mut self, result: anyhow::Result<String>) -> anyhow::Result<()> {
        match result {
            Ok(reply) => self.send(&reply),
            Err(error) => self.send(&format!("{FAILED}{error:#}")),
        }
    }

    fn send(&mut self, line: &str) -> anyhow::Result<()> {
        let line = format!("{}\n", line.replace('\n', " "));
        Ok(self.0.get_mut().write_all(line.as_bytes())?)
    }
}

/// Where the root connects.
pub enum Listener {
    Unix(UnixListener),
    Tcp(TcpListener),
}

impl Listener {
    pub fn new(role: Role) -> anyhow::Result<Self> {
        Ok(if role == Role::Both {
            Listener::Unix(UnixListener::bind_addr(&address()?)?)
        } else {
            Listener::Tcp(TcpListener::bind(("0.0.0.0", PORT))?)
        })
    }

    /// Waits for the root.
    pub fn accept(&self) -> anyhow::Result<Link> {
        let socket: Box<dyn Socket> = match self {
            Listener::Unix(listener) => Box::new(listener.accept()?.0),
            Listener::Tcp(listener) => Box::new(listener.accept()?.0),
        };
        Ok(Link(BufReader::new(socket)))
    }
}
