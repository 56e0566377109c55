//! Serves a device over UDP.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::Device;

const ERROR: u8 = 0;
const QUERY: u8 = 1;
const INIT: u8 = 2;
const FASTBOOT: u8 = 3;
const CONTINUATION: u8 = 1;

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
        let mut server = Server {
            next: faults.first_sequence,
            faults,
            device: device.clone(),
            message: Vec::new(),
            reply: Vec::new(),
            last_answers: Vec::new(),
            empty_reads: 0,
            data_packets: 0,
        };
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

struct Server {
    faults: UdpFaults,
    device: Arc<Mutex<Device>>,
    /// The sequence number that is expected.
    next: u16,
    /// The parts of the host's message so far.
    message: Vec<u8>,
    /// The rest of a reply that is sent in parts.
    reply: Vec<u8>,
    last_answers: Vec<Vec<u8>>,
    empty_reads: usize,
    data_packets: usize,
}

impl Server {
    /// Returns the packets that answer a packet.
    fn receive(&mut self, packet: &[u8]) -> Vec<Vec<u8>> {
        let Some((&[id, flags, high, low], data)) = packet.split_first_chunk() else {
            return Vec::new();
        };
        if self.faults.lost_packets > 0 {
            self.faults.lost_packets -= 1;
            return Vec::new();
        }
        if self.lock().is_gone {
            return Vec::new();
        }
        let sequence = u16::from_be_bytes([high, low]);
        let answers = if id == QUERY {
            vec![answer(QUERY, 0, sequence, &self.next.to_be_bytes())]
        } else if sequence == self.next {
            self.next = self.next.wrapping_add(1);
            self.last_answers = self.handle(id, flags, sequence, data);
            self.last_answers.clone()
        } else if self.next.wrapping_sub(1) == sequence
            && !(self.faults.forgets_wrap && sequence == 0xffff)
        {
            self.last_answers.last().cloned().into_iter().collect()
        } else {
            return Vec::new();
        };
        if id != QUERY && self.loses(sequence) {
            return Vec::new();
        }
        match self.faults.is_noisy {
            true => with_noise(answers, sequence),
            false => answers,
        }
    }

    fn handle(&mut self, id: u8, flags: u8, sequence: u16, data: &[u8]) -> Vec<Vec<u8>> {
        if id == INIT {
            let or = |value: u16, default: u16| if value == 0 { default } else { value };
            let version = or(self.faults.version, 1).to_be_bytes();
            let size = or(self.faults.packet_size, 1400).to_be_bytes();
            return vec![answer(INIT, 0, sequence, &[version, size].concat())];
        }
        if let Some(error) = &self.faults.error {
            return vec![answer(ERROR, 0, sequence, error.as_bytes())];
        }
        match data.is_empty() && flags & CONTINUATION == 0 && self.message.is_empty() {
            true => self.read(sequence),
            false => self.write(flags, sequence, data),
        }
    }

    fn write(&mut self, flags: u8, sequence: u16, data: &[u8]) -> Vec<Vec<u8>> {
        let is_downloading = self.lock().is_downloading();
        self.data_packets += usize::from(is_downloading);
        if is_downloading && self.faults.early_fail == Some(self.data_packets) {
            return vec![answer(FASTBOOT, 0, sequence, b"FAILout of memory")];
        }
        self.message.extend(data);
        if flags & CONTINUATION == 0 || is_downloading {
            let message = std::mem::take(&mut self.message);
            self.lock().receive(&message);
        }
        vec![answer(FASTBOOT, 0, sequence, &[])]
    }

    fn read(&mut self, sequence: u16) -> Vec<Vec<u8>> {
        if self.empty_reads < self.faults.empty_reads {
            self.empty_reads += 1;
            return vec![answer(FASTBOOT, 0, sequence, &[])];
        }
        self.empty_reads = 0;
        if self.reply.is_empty() {
            let Some(reply) = self.lock().next_reply() else {
                return Vec::new();
            };
            self.reply = reply;
        }
        if self.faults.split_replies > 0 {
            let length = self.faults.split_replies.min(self.reply.len());
            let rest = self.reply.split_off(length);
            let part = std::mem::replace(&mut self.reply, rest);
            let flags = if self.reply.is_empty() {
                0
            } else {
                CONTINUATION
            };
            return vec![answer(FASTBOOT, flags, sequence, &part)];
        }
        let reply = std::mem::take(&mut self.reply);
        let mut answers = vec![answer(FASTBOOT, 0, sequence, &reply)];
        while self.faults.pushes_replies {
            let Some(reply) = self.lock().next_reply() else {
                break;
            };
            answers.push(answer(FASTBOOT, 0, self.next, &reply));
            self.next = self.next.wrapping_add(1);
        }
        answers
    }

    /// Whether the answer to this packet is lost.
    fn loses(&mut self, sequence: u16) -> bool {
        let mut lost = self.faults.lost_answers.iter_mut();
        match lost.find(|(number, count)| *number == sequence && *count > 0) {
            Some((_, count)) => {
                *count -= 1;
                true
            }
            None => false,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Device> {
        self.device.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer(id: u8, flags: u8, sequence: u16, data: &[u8]) -> Vec<u8> {
    let [high, low] = sequence.to_be_bytes();
    [&[id, flags, high, low], data].concat()
}

/// Puts packets around `answers` that a host has to ignore.
fn with_noise(answers: Vec<Vec<u8>>, sequence: u16) -> Vec<Vec<u8>> {
    let previous = sequence.wrapping_sub(1);
    let mut noisy = vec![
        Vec::new(),
        vec![FASTBOOT, 0],
        answer(FASTBOOT, 0, previous, b"OKAYstale"),
        answer(FASTBOOT, 0, sequence.wrapping_add(100), b"FAILunasked"),
        answer(ERROR, 0, previous, b"stale error"),
        answer(9, 0, sequence, b"OKAYunknown identifier"),
    ];
    noisy.extend(answers.clone());
    noisy.extend(answers);
    noisy
}
