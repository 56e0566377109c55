//! Faults of HTTP servers.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::{Server, read_head, respond};

/// A fault of a server that a client requests a file from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The server sends another file.
    OtherFile,
    /// Every response is 404 Not Found.
    NotFound,
    /// The first response is 500 Internal Server Error, the next ones are the file.
    ErrorOnce,
    /// Every response is 503 Service Unavailable.
    Unavailable,
    /// The server closes the connection before the end of the file.
    Truncated,
    /// `Content-Length` is one less than the file's length.
    ShortLength,
    /// `Content-Length` is not a number.
    InvalidLength,
    /// `Content-Length` is 64 MiB + 1 byte.
    TooLong,
    /// The response has no `Content-Length`, and never ends.
    Endless,
    /// The first response redirects to the file.
    RedirectOnce,
    /// Every response is a redirect.
    RedirectLoop,
    /// The server sends one byte every few milliseconds, which would take hours.
    SlowDrip,
    /// The server resets the first connection.
    ResetOnce,
}

impl Fault {
    /// Starts a server of `file` that has this fault.
    pub fn serve(self, file: &[u8]) -> io::Result<Server> {
        let file = file.to_vec();
        if self == Fault::ResetOnce {
            return Server::start_raw(move |number, stream| reset_once(number, stream, &file));
        }
        Server::start(move |number, stream| self.respond(number, stream, &file))
    }

    fn respond(self, number: usize, stream: &mut TcpStream, file: &[u8]) -> io::Result<()> {
        let is_first = number == 0;
        match self {
            Fault::OtherFile => respond(stream, "200 OK", "", b"another"),
            Fault::NotFound => respond(stream, "404 Not Found", "", b"no"),
            Fault::ErrorOnce if is_first => respond(stream, "500 Internal Server Error", "", b""),
            Fault::Unavailable => respond(stream, "503 Service Unavailable", "", b""),
            Fault::Truncated => respond_with_length(stream, 1000, b"half"),
            Fault::ShortLength => respond_with_length(stream, file.len().saturating_sub(1), file),
            Fault::InvalidLength => respond_with_length(stream, "x", b""),
            Fault::TooLong => respond_with_length(stream, (64 << 20) + 1, b""),
            Fault::Endless => write_endlessly(stream),
            Fault::RedirectOnce if is_first => {
                respond(stream, "302 Found", "Location: /elsewhere\r\n", b"")
            }
            Fault::RedirectLoop => respond(stream, "302 Found", "Location: /again\r\n", b""),
            Fault::SlowDrip => write_slowly(stream),
            Fault::ErrorOnce | Fault::RedirectOnce | Fault::ResetOnce => {
                respond(stream, "200 OK", "", file)
            }
        }
    }
}

/// Writes a response with any `Content-Length`.
fn respond_with_length(
    stream: &mut TcpStream,
    length: impl ToString,
    body: &[u8],
) -> io::Result<()> {
    let length = length.to_string();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"
    )?;
    stream.write_all(body)
}

/// Writes bytes until the client closes the connection.
fn write_endlessly(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
    loop {
        stream.write_all(&[0; 1 << 16])?;
    }
}

/// Writes a byte after each read timeout, until the client closes the connection.
fn write_slowly(stream: &mut TcpStream) -> io::Result<()> {
    respond_with_length(stream, 1_000_000, b"")?;
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
        // The kernel resets a connection that is closed with unread data.
        stream.peek(&mut [0])?;
        return Ok(());
    }
    read_head(stream)?;
    respond(stream, "200 OK", "", file)
}
