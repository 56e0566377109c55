//! Serves a device over UDP.

mod server;

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::Device;
use server::Server;

/// The faults of a network and of the boot loader's implementation of UDP. The default is without faults.
#[derive(Clone, Debug, Default)]
pub struct UdpFaults {
    /// The sequence number that the device expects first.
    pub first_sequence: u16,
    /// The maximum packet size that the device offers, in bytes; 0 stands for 1,400.
    pub packet_size: u16,
    /// The protocol version that the device offers; 0 stands for 1.
    pub version: u16,
    /// Answers that are lost: the sequence number, and how often.
    pub lost_answers: Vec<(u16, usize)>,
    /// How many packets of the host are lost at first.
    pub lost_packets: usize,
    /// Whether the answer to sequence number 0xffff is never repeated, as in U-Boot.
    pub forgets_wrap: bool,
    /// Whether each answer arrives twice, and after answers with other sequence numbers and identifiers, and malformed ones.
    pub is_noisy: bool,
    /// Whether all replies to a command are sent at once, with consecutive sequence numbers, as U-Boot's `getvar:all`.
    pub pushes_replies: bool,
    /// Whether replies are split into packets of this many bytes, with the continuation flag; 0 for whole replies.
    pub split_replies: usize,
    /// Answers a read with an empty packet this many times before each reply.
    pub empty_reads: usize,
    /// The message of an error packet, sent in place of each answer to a fastboot packet.
    pub error: Option<String>,
    /// Sends a reply in place of an empty acknowledgement, once this many packets of data arrived.
    pub early_fail: Option<usize>,
}

/// A device that is served over UDP. Dropping it stops the server.
pub struct UdpFront {
    address: SocketAddr,
    device: Arc<Mutex<Device>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl UdpFront {
    /// Starts to serve on a free port of 127.0.0.1.
    pub fn start(device: Device, faults: UdpFaults) -> io::Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let address = socket.local_addr()?;
        let device = Arc::new(Mutex::new(device));
        let stop = Arc::new(AtomicBool::new(false));
        let mut server = Server::new(device.clone(), faults);
        let is_stopped = stop.clone();
        let thread = thread::spawn(move || {
            let mut packet = vec![0; 65_536];
            while let Ok((length, host)) = socket.recv_from(&mut packet) {
                if is_stopped.load(Ordering::SeqCst) {
                    break;
                }
                for answer in server.receive(&packet[..length]) {
                    let _ = socket.send_to(&answer, host);
                }
            }
        });
        Ok(UdpFront {
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

impl Drop for UdpFront {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread up, so that it checks `stop`.
        let waker = UdpSocket::bind("127.0.0.1:0");
        let _ = waker.and_then(|socket| socket.send_to(&[], self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
