//! Serves a device over TCP.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::Device;

/// The faults of a connection. The default is without faults.
#[derive(Clone, Debug, Default)]
pub struct TcpFaults {
    /// What the device sends in place of `FB01`.
    pub handshake: Option<Vec<u8>>,
    /// The length in front of each reply, in place of the true one.
    pub length: Option<u64>,
    /// Closes the connection after this many bytes of the first reply, with its length.
    pub cut: Option<usize>,
    /// Sends each reply byte by byte.
    pub is_slow: bool,
    /// Sends an empty message before each reply.
    pub has_empty_messages: bool,
    /// Refuses the first message of data, and takes what follows for commands, as U-Boot does.
    pub lacks_data: bool,
}

/// A device that is served over TCP, one connection at a time. Dropping it stops the server, once its client is gone.
pub struct TcpFront {
    address: SocketAddr,
    device: Arc<Mutex<Device>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl TcpFront {
    /// Starts to serve on a free port of 127.0.0.1.
    pub fn start(device: Device, faults: TcpFaults) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let device = Arc::new(Mutex::new(device));
        let stop = Arc::new(AtomicBool::new(false));
        let (served, is_stopped) = (device.clone(), stop.clone());
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if is_stopped.load(Ordering::SeqCst) {
                    break;
                }
                // Some tests disconnect on purpose, so errors are ignored.
                let _ = stream.and_then(|stream| serve(stream, &served, &faults));
            }
        });
        Ok(TcpFront {
            address,
            device,
            stop,
            thread: Some(thread),
        })
    }

    /// The address of the server.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Calls `look` with the device.
    pub fn with_device<R>(&self, look: impl FnOnce(&mut Device) -> R) -> R {
        look(&mut self.device.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for TcpFront {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread up, so that it checks `stop`.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(mut stream: TcpStream, device: &Mutex<Device>, faults: &TcpFaults) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.write_all(faults.handshake.as_deref().unwrap_or(b"FB01"))?;
    let mut version = [0; 4];
    stream.read_exact(&mut version)?;
    loop {
        let mut length = [0; 8];
        stream.read_exact(&mut length)?;
        let mut message = Vec::new();
        let expected = u64::from_be_bytes(length);
        if (&mut stream).take(expected).read_to_end(&mut message)? as u64 != expected {
            return Ok(());
        }
        let mut device = device.lock().unwrap_or_else(PoisonError::into_inner);
        if faults.lacks_data && device.is_downloading() {
            device.cancel();
            send(&mut stream, b"FAILunrecognized command", faults)?;
            continue;
        }
        device.receive(&message);
        while let Some(reply) = device.next_reply() {
            send(&mut stream, &reply, faults)?;
        }
        if device.is_gone {
            return Ok(());
        }
    }
}

fn send(stream: &mut TcpStream, reply: &[u8], faults: &TcpFaults) -> io::Result<()> {
    let length = faults.length.unwrap_or(reply.len() as u64);
    let mut message = [&length.to_be_bytes(), reply].concat();
    if faults.has_empty_messages {
        message.splice(..0, [0; 8]);
    }
    if let Some(cut) = faults.cut {
        stream.write_all(&message[..cut.min(message.len())])?;
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    if faults.is_slow {
        return message
            .chunks(1)
            .try_for_each(|byte| stream.write_all(byte));
    }
    stream.write_all(&message)
}
