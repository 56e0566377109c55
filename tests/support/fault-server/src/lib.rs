//! An HTTP server on localhost for tests of downloads. It handles one connection at a time.
//!
//! [`Server`] runs a handler of the test, [`Fault`] starts a server with a fault, and [`tls`] one that
//! uses TLS.

mod fault;
pub mod tls;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

pub use fault::Fault;

/// A running server. Dropping it stops the server.
pub struct Server {
    scheme: &'static str,
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    connections: AtomicUsize,
    requests: Mutex<Vec<String>>,
}

impl Server {
    /// Starts a server that responds to every request with `file`.
    pub fn with_file(file: &[u8]) -> io::Result<Self> {
        let file = file.to_vec();
        Self::start(move |_, stream| respond(stream, "200 OK", "", &file))
    }

    /// Starts a server that reads the head of each request, then calls `handler` to write the response.
    ///
    /// `handler` receives the number of the connection, from 0, and the stream. Its errors are ignored.
    pub fn start(
        handler: impl Fn(usize, &mut TcpStream) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        Self::spawn(move |number, stream, shared| {
            let request = read_head(stream)?;
            if let Ok(mut requests) = shared.requests.lock() {
                requests.push(request);
            }
            handler(number, stream)
        })
    }

    /// Like [`Server::start`], but does not read the request before it calls `handler`.
    pub fn start_raw(
        handler: impl Fn(usize, &mut TcpStream) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        Self::spawn(move |number, stream, _| handler(number, stream))
    }

    fn spawn(
        serve: impl Fn(usize, &mut TcpStream, &Shared) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let in_thread = shared.clone();
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if in_thread.stop.load(Ordering::SeqCst) {
                    break;
                }
                let number = in_thread.connections.fetch_add(1, Ordering::SeqCst);
                // Some tests disconnect on purpose, so errors are ignored.
                let _ = stream.and_then(|mut stream| serve(number, &mut stream, &in_thread));
            }
        });
        Ok(Server {
            scheme: "http",
            address,
            shared,
            thread: Some(thread),
        })
    }

    /// Changes the scheme of the URL to https.
    fn with_https(mut self) -> Self {
        self.scheme = "https";
        self
    }

    /// The URL of the server without a path: `http://127.0.0.1:PORT`, or https for TLS.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// The number of connections accepted so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The heads of all requests so far. Empty for [`Server::start_raw`].
    pub fn requests(&self) -> Vec<String> {
        let requests = self.shared.requests.lock();
        requests
            .map(|requests| requests.clone())
            .unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // Wakes the thread up, so that it checks `stop`.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads the head of a request, up to and including the empty line.
pub fn read_head(stream: &mut impl Read) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Writes a complete response. `headers` are additional header lines, each with its CRLF.
pub fn respond(
    stream: &mut impl Write,
    status: &str,
    headers: &str,
    body: &[u8],
) -> io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    )?;
    stream.write_all(body)?;
    stream.flush()
}
