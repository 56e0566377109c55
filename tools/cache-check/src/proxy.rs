//! A bad network between Bazel and the server: a relay for TCP that counts, delays, and tells when enough has gone through.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// The most that is relayed at once, in bytes.
const CHUNK: usize = 16 * 1024;

/// A relay, for as long as the program runs.
pub struct Proxy {
    address: SocketAddr,
    relayed: Arc<Relayed>,
}

/// What happens on the way.
#[derive(Default)]
pub struct Trouble {
    /// How long each chunk from the server is held up.
    pub delay: Duration,
    /// Called once when this many bytes came from the server.
    pub after: Option<(u64, Box<dyn Fn() + Send + Sync>)>,
}

#[derive(Default)]
struct Relayed {
    connections: AtomicU64,
    from_server: AtomicU64,
}

impl Proxy {
    /// Starts one in front of a server.
    pub fn start(server: SocketAddr, trouble: Trouble) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let proxy = Proxy {
            address: listener.local_addr()?,
            relayed: Arc::default(),
        };
        let relayed = Arc::clone(&proxy.relayed);
        let trouble = Arc::new(trouble);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                relayed.connections.fetch_add(1, Ordering::SeqCst);
                // A server that is gone: the client's connection is dropped.
                if let Ok(server) = TcpStream::connect(server) {
                    let _ = relay(client, server, &relayed, &trouble);
                }
            }
        });
        Ok(proxy)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were made.
    pub fn connections(&self) -> u64 {
        self.relayed.connections.load(Ordering::SeqCst)
    }

    /// How many bytes came from the server.
    pub fn received(&self) -> u64 {
        self.relayed.from_server.load(Ordering::SeqCst)
    }
}

/// Relays both ways, on a thread for each, until either side ends.
fn relay(
    client: TcpStream,
    server: TcpStream,
    relayed: &Arc<Relayed>,
    trouble: &Arc<Trouble>,
) -> io::Result<()> {
    let (to_server, to_client) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || pump(client, to_server, |_| ()));
    let (relayed, trouble) = (Arc::clone(relayed), Arc::clone(trouble));
    thread::spawn(move || {
        pump(server, to_client, |bytes| {
            thread::sleep(trouble.delay);
            let before = relayed.from_server.fetch_add(bytes, Ordering::SeqCst);
            if let Some((limit, call)) = &trouble.after {
                if before < *limit && *limit <= before + bytes {
                    call();
                }
            }
        });
    });
    Ok(())
}

fn pump(mut from: TcpStream, mut to: TcpStream, each: impl Fn(u64)) {
    let mut buffer = [0; CHUNK];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        each(read as u64);
        let sent = buffer.get(..read).map(|bytes| to.write_all(bytes));
        if !matches!(sent, Some(Ok(()))) {
            break;
        }
    }
    // Both ways: half a connection is of no use to either.
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// A server that answers each connection with 10 bytes.
    fn server() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                let _ = client.write_all(b"0123456789");
            }
        });
        address
    }

    fn answer(proxy: &Proxy) -> Vec<u8> {
        let mut bytes = Vec::new();
        let _ = TcpStream::connect(proxy.address())
            .unwrap()
            .read_to_end(&mut bytes);
        bytes
    }

    #[test]
    fn bytes_go_through_and_are_counted() {
        let proxy = Proxy::start(server(), Trouble::default()).unwrap();
        assert_eq!(answer(&proxy), b"0123456789");
        assert_eq!(answer(&proxy), b"0123456789");
        assert_eq!((proxy.connections(), proxy.received()), (2, 20));
    }

    #[test]
    fn the_call_comes_once_when_enough_went_through() {
        let (sender, receiver) = mpsc::channel();
        let call = move || {
            let _ = sender.send(());
        };
        let trouble = Trouble {
            after: Some((15, Box::new(call))),
            ..Trouble::default()
        };
        let proxy = Proxy::start(server(), trouble).unwrap();
        answer(&proxy);
        assert!(receiver.try_recv().is_err());
        answer(&proxy);
        assert!(receiver.try_recv().is_ok());
        answer(&proxy);
        assert!(receiver.try_recv().is_err());
    }

    #[test]
    fn without_a_server_the_connection_ends() {
        let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap();
        let proxy = Proxy::start(nobody, Trouble::default()).unwrap();
        assert_eq!(answer(&proxy), b"");
    }
}
