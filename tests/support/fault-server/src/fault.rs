//! What goes wrong with servers.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::{Server, read_head, respond};

/// What goes wrong when a client wants a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It gets another file.
    OtherFile,
    /// 404, always.
    NotFound,
    /// 500 the first time, then the file.
    ErrorOnce,
    /// 503, always.
    Unavailable,
    /// The connection is closed before the announced end.
    Truncated,
    /// Fewer bytes are announced than are sent.
    ShortLength,
    /// The announced length is no number.
    InvalidLength,
    /// The announced length is 64 MiB and a byte.
    TooLong,
    /// There is no announced length, and no end.
    Endless,
    /// A redirect to the file.
    RedirectOnce,
    /// A redirect to another redirect, and so on.
    RedirectLoop,
    /// A byte now and then, of a file that would take hours.
    SlowDrip,
    /// The first connection is reset.
    ResetOnce,
}

impl Fault {
    /// Starts a server of `file` with which this goes wrong.
    pub fn serve(self, file: &[u8]) -> io::Result<Server> {
        let file = file.to_vec();
        if self == Fault::ResetOnce {
            return Server::raw(move |number, stream| reset_once(number, stream, &file));
        }
        Server::start(move |number, stream| self.answer(number, stream, &file))
    }

    fn answer(self, number: usize, stream: &mut TcpStream, file: &[u8]) -> io::Result<()> {
        let is_first = number == 0;
        match self {
            Fault::OtherFile => respond(stream, "200 OK", "", b"another"),
            Fault::NotFound => respond(stream, "404 Not Found", "", b"no"),
            Fault::ErrorOnce if is_first => respond(stream, "500 Internal Server Error", "", b""),
            Fault::Unavailable => respond(stream, "503 Service Unavailable", "", b""),
            Fault::Truncated => announce(stream, 1000, b"half"),
            Fault::ShortLength => announce(stream, file.len().saturating_sub(1), file),
            Fault::InvalidLength => announce(stream, "x", b""),
            Fault::TooLong => announce(stream, (64 << 20) + 1, b""),
            Fault::Endless => endless(stream),
            Fault::RedirectOnce if is_first => {
                respond(stream, "302 Found", "Location: /elsewhere\r\n", b"")
            }
            Fault::RedirectLoop => respond(stream, "302 Found", "Location: /again\r\n", b""),
            Fault::SlowDrip => slow_drip(stream),
            Fault::ErrorOnce | Fault::RedirectOnce | Fault::ResetOnce => {
                respond(stream, "200 OK", "", file)
            }
        }
    }
}

/// An answer of any announced length.
fn announce(stream: &mut TcpStream, length: impl ToString, body: &[u8]) -> io::Result<()> {
    let length = length.to_string();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"
    )?;
    stream.write_all(body)
}

/// Bytes until the client hangs up.
fn endless(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
    loop {
        stream.write_all(&[0; 1 << 16])?;
    }
}

/// A byte whenever the client has said nothing for a while, until it hangs up.
fn slow_drip(stream: &mut TcpStream) -> io::Result<()> {
    announce(stream, 1_000_000, b"")?;
    stream.set_read_timeout(Some(Duration::from_millis(5)))?;
    loop {
        match stream.read(&mut [0]).map_err(|error| error.kind()) {
            Err(ErrorKind::WouldBlock | ErrorKind::TimedOut) => stream.write_all(b"x")?,
            _ => return Ok(()),
        }
    }
}

fn reset_once(number: usize, stream: &mut TcpStream, file: &[u8]) -> io::Result<()> {
    if number == 0 {
        // Closed with the request unread, which the kernel makes a reset.
        stream.peek(&mut [0])?;
        return Ok(());
    }
    read_head(stream)?;
    respond(stream, "200 OK", "", file)
}
