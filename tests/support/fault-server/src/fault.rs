//! Server faults.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::{Server, read_head, respond};

/// A fault that occurs when a client downloads a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Responds with another file.
    OtherFile,
    /// Always responds with status 404.
    NotFound,
    /// Responds with status 500 to the first request, then with the file.
    ErrorOnce,
    /// Always responds with status 503.
    Unavailable,
    /// Closes the connection before it has sent `Content-Length` bytes.
    Truncated,
    /// Sends more than `Content-Length` bytes.
    ShortLength,
    /// Sends a `Content-Length` that is not a number.
    InvalidLength,
    /// Sends a `Content-Length` of 64 MiB and one byte.
    TooLong,
    /// Sends data without `Content-Length` until the client disconnects.
    Endless,
    /// Redirects the first request to the file.
    RedirectOnce,
    /// Redirects every request.
    RedirectLoop,
    /// Sends a byte every few milliseconds, so that the file would take hours.
    SlowDrip,
    /// Resets the first connection, then responds with the file.
    ResetOnce,
}

impl Fault {
    /// Starts a server for `file` with this fault.
    pub fn serve(self, file: &[u8]) -> io::Result<Server> {
        let file = file.to_vec();
        if self == Fault::ResetOnce {
            return Server::start_raw(move |number, stream| reset_first(number, stream, &file));
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
            Fault::Endless => respond_endlessly(stream),
            Fault::RedirectOnce if is_first => {
                respond(stream, "302 Found", "Location: /elsewhere\r\n", b"")
            }
            Fault::RedirectLoop => respond(stream, "302 Found", "Location: /again\r\n", b""),
            Fault::SlowDrip => respond_slowly(stream),
            Fault::ErrorOnce | Fault::RedirectOnce | Fault::ResetOnce => {
                respond(stream, "200 OK", "", file)
            }
        }
    }
}

/// Writes a response whose `Content-Length` is `length`, whatever the length of `body`.
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

/// Sends data until the client disconnects.
fn respond_endlessly(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
    loop {
        stream.write_all(&[0; 1 << 16])?;
    }
}

/// Sends a byte every 5 ms until the client disconnects.
fn respond_slowly(stream: &mut TcpStream) -> io::Result<()> {
    respond_with_length(stream, 1_000_000, b"")?;
    stream.set_read_timeout(Some(Duration::from_millis(5)))?;
    loop {
        match stream.read(&mut [0]).map_err(|error| error.kind()) {
            Err(ErrorKind::WouldBlock | ErrorKind::TimedOut) => stream.write_all(b"x")?,
            _ => return Ok(()),
        }
    }
}

fn reset_first(number: usize, stream: &mut TcpStream, file: &[u8]) -> io::Result<()> {
    if number == 0 {
        // The kernel resets a connection that is closed while received data is unread.
        stream.peek(&mut [0])?;
        return Ok(());
    }
    read_head(stream)?;
    respond(stream, "200 OK", "", file)
}
