//! A real HTTP server on this machine, one connection at a time, for tests of what downloads: it does
//! what a test says ([`Server`]), or one of the things that go wrong with servers ([`Fault`]), also
//! over TLS ([`tls`]).

mod fault;
pub mod tls;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

pub use fault::Fault;

/// A server; it is down when this is dropped.
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
    /// Starts one that gives `file` to whoever asks.
    pub fn of(file: &[u8]) -> io::Result<Self> {
        let file = file.to_vec();
        Self::start(move |_, stream| respond(stream, "200 OK", "", &file))
    }

    /// Starts one that reads a request and lets `answer` write what it likes. `answer` gets the
    /// number of the connection, from 0.
    pub fn start(
        answer: impl Fn(usize, &mut TcpStream) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        Self::spawn(move |number, stream, shared| {
            let request = read_head(stream)?;
            if let Ok(mut requests) = shared.requests.lock() {
                requests.push(request);
            }
            answer(number, stream)
        })
    }

    /// Starts one that reads nothing before `answer` does.
    pub fn raw(
        answer: impl Fn(usize, &mut TcpStream) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        Self::spawn(move |number, stream, _| answer(number, stream))
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
                // A client that goes away is what some tests are about.
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

    /// The same, which is spoken to in TLS.
    fn over_tls(mut self) -> Self {
        self.scheme = "https";
        self
    }

    /// Its URL, without a path: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The heads of all requests that were read.
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
        // So that it looks.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads up to the empty line.
pub fn read_head(stream: &mut impl Read) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Writes an answer with a body that is as long as it says.
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
